"""Lists of applications: taken as a whole, in any encoding, findings by row and column, the same list twice is once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import (
    APPLICATIONS,
    IMPORTS,
    add,
    fold,
    imported,
    list_of,
    problems,
    rollup,
    send,
    stored,
    submitted,
)
from tests.support.builders.personal_numbers import made_up_pesel
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CALLS, CallsService, calls_on_a_copy, external

from miernik_calls.application_imports.routes import UPLOAD_LIMIT
from miernik_calls.application_imports.service import ROW_LIMIT
from miernik_local.provision import DatabaseUrls

REGON = "192598184"
ROWS: list[dict[str, Any]] = [
    submitted("WND-1", node="7.2.1", title="Łódź – \"nowy\" start; część 1", submitted_value_pln=Decimal("1000.50")),
    submitted("WND-2", node="7.3", formally_positive_on="2011-03-01", formally_positive_value_pln=Decimal("900")),
    submitted("WND-3"),
]  # fmt: skip


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def test_a_list_is_taken_and_counted(service: CallsService) -> None:
    answer = await send(service, list_of(ROWS))
    assert answer.status_code == 201, answer.text
    result = answer.json()
    assert {name: result[name] for name in ("outcome", "rows", "created", "changed", "unchanged", "refused")} == {
        "outcome": "accepted", "rows": 3, "created": 3, "changed": 0, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    assert answer.headers["miernik-families"] == "applications:04"
    receipt = ok(await service.officer.get(answer.headers["location"]))
    assert (receipt["rows"], receipt["created"], receipt["partial"]) == (3, 3, False)
    assert ok(await service.officer.get(IMPORTS))["items"] == [receipt]
    one = (await stored(service))["WND-1"]
    assert (one["title"], one["node"], one["submitted_value_pln"], one["version"]) == (
        "Łódź – \"nowy\" start; część 1", "7.2.1", "1000.50", 1,
    )  # fmt: skip
    assert rollup(service) == fold(service) != {}


@pytest.mark.parametrize("charset", ["utf-8", "windows-1250", "iso-8859-2", "utf-16", "bom", "json", "ndjson", "tab"])
async def test_every_encoding_says_the_same(service: CallsService, charset: str) -> None:
    text = "numer;tytuł;data złożenia;wartość złożonego\nWND-1;Żółw;2011-02-01;1 000,50\n"
    row = {"number": "WND-1", "title": "Żółw", "submitted_on": "2011-02-01", "submitted_value_pln": 1000.50}
    contents: dict[str, tuple[bytes, str]] = {
        "bom": (b"\xef\xbb\xbf" + text.encode(), "text/csv"),
        "json": (json.dumps({"rows": [row]}).encode(), "application/json"),
        "ndjson": (json.dumps(row).encode(), "application/x-ndjson"),
        "tab": (text.replace(";", "\t").encode(), "text/csv"),
    }
    content, media = contents.get(charset) or (text.encode(charset), f"text/csv; charset={charset}")
    answer = await service.officer.post(IMPORTS, content=content, headers={"Content-Type": media})
    assert answer.status_code == 201, answer.text
    one = (await stored(service))["WND-1"]
    assert (one["title"], one["submitted_on"], one["submitted_value_pln"]) == ("Żółw", "2011-02-01", "1000.50")


async def test_the_same_list_again_does_nothing_and_says_so(service: CallsService) -> None:
    first = await imported(service, ROWS)
    before = service.row_counts()
    again = await send(service, list_of(ROWS))
    assert (again.status_code, again.json()["outcome"], again.json()["replayed"]) == (200, "unchanged", True)
    assert (again.json()["id"], again.json()["unchanged"]) == (first["id"], 3)
    assert service.row_counts() == before
    # Other bytes with equal rows make no versions either.
    equal = await send(service, list_of(ROWS[:2]).replace(b"1000,50", b"1 000,5"))
    assert (equal.status_code, equal.json()["outcome"], equal.json()["replayed"]) == (200, "unchanged", False)
    assert service.row_counts() == before


async def test_a_list_states_what_it_says_also_after_a_single_change(service: CallsService) -> None:
    """Else it would depend on other rows of the next list whether a change by hand lasts."""
    await imported(service, ROWS)
    one = (await stored(service))["WND-3"]
    state = {"title": "Zmieniony", "submitted_on": "2011-02-01", "submitted_value_pln": "7.00"}
    ok(await service.officer.put(f"{APPLICATIONS}/{one['id']}", json=state, headers={"If-Match": '"v1"'}))
    rehearsed = (await send(service, list_of(ROWS), dry_run="true")).json()
    assert (rehearsed["changed"], rehearsed["unchanged"]) == (1, 2)
    again = (await send(service, list_of(ROWS))).json()
    assert (again["replayed"], again["changed"], again["unchanged"]) == (False, 1, 2)
    now = (await stored(service))["WND-3"]
    assert (now["title"], now["version"]) == (one["title"], 3)
    assert (await send(service, list_of(ROWS))).json()["replayed"]


async def test_a_list_sent_again_in_its_right_encoding_sets_the_texts_right(service: CallsService) -> None:
    content = "number;title\nWND-1;Książka\n".encode("windows-1250")
    said = []
    for charset in ("iso-8859-2", "windows-1250", "Windows-1250"):
        headers = {"Content-Type": f"text/csv; charset={charset}"}
        answer = await service.officer.post(IMPORTS, content=content, headers=headers)
        said.append((answer.status_code, answer.json()["replayed"], (await stored(service))["WND-1"]["title"]))

    assert said == [(201, False, "Ksišżka"), (201, False, "Książka"), (200, True, "Książka")]


async def test_a_list_states_the_whole_application_but_for_absent_columns(service: CallsService) -> None:
    await imported(service, ROWS)
    await send(service, b"number;title\nWND-1;Inny\nWND-2;\n")
    now = await stored(service)
    assert (now["WND-1"]["title"], now["WND-1"]["submitted_value_pln"], now["WND-1"]["version"]) == (
        "Inny",
        "1000.50",
        2,
    )
    assert now["WND-2"]["version"] == 1
    cleared = await send(service, b"number;formally_positive_on;formally_positive_value_pln;node\nWND-2;;;\n")
    assert cleared.json()["changed"] == 1
    now = await stored(service)
    assert (now["WND-2"]["formally_positive_on"], now["WND-2"]["node"]) == (None, None)
    assert now["WND-2"]["submitted_on"] == "2011-02-01"
    assert rollup(service) == fold(service)


async def test_a_bad_row_keeps_the_whole_list_out_unless_parts_are_asked_for(service: CallsService) -> None:
    rows = [*ROWS, submitted("WND-4", node="9.9"), submitted("WND-5", submitted_value_pln="100 EUR")]
    expected = [(5, "node", "application_node_unknown"), (6, "submitted_value_pln", "amount_other_currency")]
    refused = await send(service, list_of(rows))
    assert_problem(refused, 422, "import_rejected")
    assert problems(refused) == expected
    assert refused.json()["import"]["refused"] == 5
    assert "Wiersz 6" in refused.json()["errors"][1]["message"]
    before = service.row_counts()
    dry = await send(service, list_of(rows), dry_run="true", partial="true")
    assert (dry.status_code, dry.json()["outcome"], dry.json()["created"]) == (200, "partially_accepted", 3)
    assert service.row_counts() == before
    part = await send(service, list_of(rows), partial="true")
    assert (part.status_code, part.json()["outcome"], problems(part)) == (201, "partially_accepted", expected)
    assert (part.json()["created"], part.json()["refused"]) == (3, 2)
    assert sorted(await stored(service)) == ["WND-1", "WND-2", "WND-3"]
    # Sent again once the node is there, the same bytes bring what was left out.
    await service.add_node("9.9", "measure")
    rest = await send(service, list_of(rows), partial="true")
    assert (rest.json()["replayed"], rest.json()["created"], rest.json()["unchanged"]) == (False, 1, 3)
    assert rollup(service) == fold(service)


async def test_a_list_from_a_spreadsheet_may_say_its_separator_and_have_empty_rows(service: CallsService) -> None:
    content = b"sep=,\r\nnumber,node\r\nA,7.3\r\n,\r\n\r\nB,9.9\r\n,\r\n"
    answer = await send(service, content, partial="true")

    assert (answer.json()["rows"], answer.json()["created"]) == (2, 1)
    assert problems(answer) == [(6, "node", "application_node_unknown")]


async def test_findings_speak_english_too(service: CallsService) -> None:
    answer = await service.officer.post(
        IMPORTS, content=list_of([submitted(submitted_value_pln="1,234")]), params={"decimal": ","},
        headers={"Content-Type": "text/csv", "Accept-Language": "en"},
    )  # fmt: skip
    assert answer.json()["errors"][0]["message"] == 'Row 2: the amount "1,234" has more than two decimals.'
    polish = await send(service, list_of([submitted(submitted_value_pln="1,234")]), decimal=",")
    assert polish.json()["errors"][0]["message"] == "Wiersz 2: kwota „1,234” ma więcej niż dwa miejsca po przecinku."


async def test_a_warning_keeps_nothing_out(service: CallsService) -> None:
    higher = submitted(formally_positive_on="2011-03-01", formally_positive_value_pln=Decimal("1000.01"))
    answer = await send(service, list_of([higher]))
    assert (answer.status_code, answer.json()["outcome"]) == (201, "accepted_with_warnings")
    assert problems(answer) == [(2, "formally_positive_value_pln", "value_above_earlier_stage")]
    (told,) = answer.json()["first_findings"]
    assert "1\u00a0000,01\u00a0zł" in told["message"]
    assert (told["params"]["seen"], told["params"]["expected"]) == ("1000.01", "1000.00")
    (one,) = (await stored(service)).values()
    assert [found["code"] for found in one["findings"]] == ["value_above_earlier_stage"]


async def test_references_are_named_as_offices_name_them(service: CallsService) -> None:
    organisation = await service.add_organisation(regon=REGON, nip="8567346215", external_ids=[external("ksi", "12")])
    call = await service.add_call(number="1/7.2.2/POKL/2011", external_ids=[external("ksi", "7")])
    words = [(REGON, "1/7.2.2/POKL/2011"), ("856-734-62-15", "ksi:7"), ("ksi:12", ""), ("8567346215", ""),
             (REGON[:3] + " " + REGON[3:], ""), ("PL8567346215", "")]  # fmt: skip
    rows = [submitted(f"A{n}", organisation=one, call=other) for n, (one, other) in enumerate(words)]
    assert (await imported(service, rows))["created"] == 6
    found = await stored(service)
    assert {one["organisation"] for one in found.values()} == {organisation["id"]}
    assert [found[f"A{n}"]["call"] for n in range(4)] == [call["id"], call["id"], None, None]
    assert found["A0"]["call_number"] == "1/7.2.2/POKL/2011"
    # A number of a former version is one no more; a number that two have names neither.
    await service.add_organisation(name="Gmina", nip="8567346215")
    renamed = {"title": call["title"], "kind": "closed", "valid_from": "2011-01-02", "number": "2"}
    ok(await service.officer.put(f"{CALLS}/{call['id']}", json=renamed, headers={"If-Match": '"v1"'}))
    answer = await send(service, list_of([*rows, submitted("A9")]))
    assert problems(answer) == [
        (2, "call", "application_call_unknown"),
        (3, "organisation", "application_organisation_ambiguous"),
        (5, "organisation", "application_organisation_ambiguous"),
        (7, "organisation", "application_organisation_ambiguous"),
    ]


async def test_a_code_that_a_spreadsheet_took_for_a_date_is_told(service: CallsService) -> None:
    words = [("07.sty", ""), ("2001-02-07", ""), ("36929", ""), ("01.lip", ""), ("7.3", "sty 11")]
    rows = [submitted(f"A{n}", node=node, call=call) for n, (node, call) in enumerate(words)]
    answer = await send(service, list_of(rows))
    assert problems(answer) == [
        (2, "node", "node_became_a_date"), (3, "node", "node_became_a_date"), (4, "node", "node_became_a_date"),
        (5, "node", "node_is_a_date"), (6, "call", "call_is_a_date"),
    ]  # fmt: skip
    errors = answer.json()["errors"]
    assert [one["params"].get("expected") for one in errors] == ["7.1", "7.2.1", "7.2.1", None, None]
    assert all("format kolumny na tekst" in one["message"] for one in errors)


async def test_a_personal_number_keeps_all_out_and_is_not_repeated(service: CallsService) -> None:
    pesel = made_up_pesel()
    for column in ("number", "title", "organisation", "submitted_value_pln", "submitted_on", "node"):
        rows = [*ROWS, submitted("WND-9") | {column: pesel}]
        answer = await send(service, list_of(rows), partial="true")
        assert (answer.status_code, problems(answer)) == (422, [(5, column, "personal_number")])
        attempt = answer.json()["import"]
        seen = await service.officer.get(attempt["links"]["findings"])
        # Not even the hash is kept: that of a list of one row can be searched.
        assert (attempt["refused"], ok(await service.officer.get(attempt["links"]["self"]))["sha256"]) == (4, "")
        assert pesel not in answer.text + seen.text
    single = await service.officer.post(APPLICATIONS, json=submitted(title=f"Projekt {pesel}"))

    assert_problem(single, 422, "personal_number")
    assert pesel not in single.text + service.everything_stored()
    assert await stored(service) == {}


@pytest.mark.parametrize(
    ("content", "media", "status", "code"),
    [
        (b"", "text/csv", 400, "header_unknown"),
        (b"title;node\nA;7.3\n", "text/csv", 400, "header_unknown"),
        (b"number;submitted_value_eur\nA;1\n", "text/csv", 422, "header_wrong"),
        (b"number;number\nA;B\n", "text/csv", 422, "header_wrong"),
        (b"number;title\n", "text/csv", 422, "import_empty"),
        (b"number;title\nA\n", "text/csv", 400, "rows_malformed"),
        (b"number;title\nA;x\nB", "text/csv", 400, "file_truncated"),
        (b"number;title\nA;\xb3\n", "text/csv", 400, "encoding_wrong"),
        (b"number\nA\n", "text/csv; charset=koi8-r", 415, "charset_not_taken"),
        (b"number\nA\n", "text/plain", 415, "media_type_not_taken"),
        (b"number\nA\n", "", 415, "media_type_not_taken"),
        (b'{"rows":[{"number":"A","title":"x"},{"title":"B"}]}', "application/json", 422, "header_wrong"),
        (b"number;;title\nA;b;c\n", "text/csv", 422, "header_wrong"),
        (b'{"rows":{}}', "application/json", 400, "rows_missing"),
        (b'{"number":"A"}\n[]\n', "application/x-ndjson", 400, "line_malformed"),
    ],
)
async def test_content_that_is_no_list_is_refused(
    shared_calls: CallsService, content: bytes, media: str, status: int, code: str
) -> None:
    before = shared_calls.row_counts()
    answer = await shared_calls.officer.post(IMPORTS, content=content, headers={"Content-Type": media} if media else {})

    assert_problem(answer, status, code)
    assert shared_calls.row_counts() == before


async def test_a_list_has_a_limit_of_rows_and_of_bytes(service: CallsService) -> None:
    content = b"number\n" + b"\n".join(b"A%d" % one for one in range(ROW_LIMIT + 1))
    answer = await send(service, content)
    assert_problem(answer, 413, "rows_too_many")
    whole = await send(service, content.rpartition(b"\n")[0])
    assert (whole.status_code, whole.json()["created"]) == (201, ROW_LIMIT)
    assert len(service.events("applications.changed")[-1]["data"]["applications"]) == ROW_LIMIT
    long = await send(service, b"number\n" + b"A" * UPLOAD_LIMIT)
    assert_problem(long, 413, "body_too_long")


async def test_a_list_belongs_to_an_office(service: CallsService) -> None:
    assert (await imported(service, [submitted("A")], office="32"))["created"] == 1
    assert (await imported(service, [submitted("A")]))["created"] == 1
    # The tree of one office is not that of another.
    other = await send(service, list_of([submitted("B", node="7.3")]), office="32")
    assert problems(other) == [(2, "node", "application_node_unknown")]
    page = ok(await service.officer.get(APPLICATIONS, params={"office": "32"}))["items"]
    assert [(one["office"], one["number"]) for one in page] == [("32", "A")]


@pytest.mark.parametrize("office", ["99", "03"])
async def test_an_office_that_is_no_voivodeship_gets_no_list(service: CallsService, office: str) -> None:
    before = service.row_counts()
    answer = await send(service, list_of([submitted("A")]), office=office)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/office")
    assert "02, 04, 06, " in answer.json()["errors"][0]["message"]
    assert service.row_counts() == before


async def test_import_publishes_each_changed_application_once(service: CallsService) -> None:
    accepted = {"accepted_on": "2011-04-01", "accepted_value_pln": Decimal("800")}
    rows = [ROWS[0], ROWS[1] | accepted, ROWS[2]]
    first = ok(await send(service, list_of(rows)))
    event = service.events("applications.changed")[-1]
    assert event["families"] == ["applications:04"]
    data = event["data"]
    assert (data["office"], data["created"], data["changed"], data["import_no"]) == ("04", 3, 0, 1)
    told = {one["number"]: one for one in data["applications"]}
    now = await stored(service)
    # The third has no place and no acceptance: others must know all the same whose it is.
    assert set(told) == {"WND-1", "WND-2", "WND-3"}
    assert (told["WND-3"]["node_id"], told["WND-3"]["accepted_on"]) == (None, None)
    assert told["WND-2"] == {
        "id": now["WND-2"]["id"], "number": "WND-2", "office": "04", "node_id": now["WND-2"]["node_id"],
        "accepted_on": "2011-04-01", "accepted_value_pln": "800.00", "withdrawn_on": None, "rejected_on": None,
        "version": 1, "annulled": False,
    }  # fmt: skip
    rows = [ROWS[0] | {"title": "Inny"}, rows[1] | {"accepted_value_pln": Decimal("700")}, ROWS[2]]
    assert (await imported(service, rows))["changed"] == 2
    data = service.events("applications.changed")[-1]["data"]
    assert [(one["number"], one["accepted_value_pln"], one["version"]) for one in data["applications"]] == [
        ("WND-2", "700.00", 2)
    ]
    one = await add(service, number="WND-8")
    data = service.events("applications.changed")[-1]["data"]
    assert [(told["number"], told["version"]) for told in data["applications"]] == [("WND-8", 1)]
    path = f"{APPLICATIONS}/{one['id']}/versions"
    assert ok(await service.officer.get(path))["items"][0]["import_id"] is None
    path = f"{APPLICATIONS}/{now['WND-2']['id']}/versions"
    versions = ok(await service.officer.get(path))["items"]
    assert [(one["version"], one["accepted_value_pln"]) for one in versions] == [(1, "800.00"), (2, "700.00")]
    assert versions[0]["import_id"] == first["id"] != versions[1]["import_id"]


async def test_a_key_gives_the_first_answer_again_but_for_refusals(service: CallsService) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "k-1"}

    async def keyed(key: str, rows: list[dict[str, Any]]) -> httpx.Response:
        return await service.officer.post(IMPORTS, content=list_of(rows), headers=headers | {"Idempotency-Key": key})

    first, again = await keyed("k-1", ROWS), await keyed("k-1", ROWS)
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    missing = [submitted("WND-7", node="9.9")]
    assert (await keyed("k-2", missing)).status_code == 422
    await service.add_node("9.9", "measure")
    assert (await keyed("k-2", missing)).status_code == 201
