"""Lists as offices publish them: what was passed over stands in the receipt, and the decimal sign is told from them."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import IMPORTS, problems, send, stored
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls

PUBLISHED = """Lista wniosków – stan na 31.08.2011 r.
Lp.;"Numer\nwniosku";Data złożenia;Wartość złożonego wniosku
1;WND-1/11;30.08.2011 r.;200626162.00
2;WND-2/11;31 sierpnia 2011 r.;1 234 567.50
;RAZEM;;201860729.50
* stan na 31.08.2011 r.
Źródło: SL2014
""".encode()


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def test_receipt_names_what_was_passed_over_and_the_decimal_sign(service: CallsService) -> None:
    rehearsed = ok(await send(service, PUBLISHED, dry_run="true"))
    result = ok(await send(service, PUBLISHED))
    receipt = ok(await service.officer.get(result["links"]["self"], headers={"Accept-Language": "en"}))
    reading = result["reading"]

    assert rehearsed["reading"] == reading
    assert {name: reading[name] for name in ("header_row", "decimal", "passed_over_rows", "passed_over_columns")} == {
        "header_row": 2, "decimal": ".", "passed_over_rows": 4, "passed_over_columns": 1,
    }  # fmt: skip
    assert [(one["first_row"], one["last_row"], one["message"]) for one in reading["rows"]] == [
        (1, 1, "Pominięto tekst nad nagłówkiem tabeli. Wiersz: 1."),
        (5, 5, "Pominięto podsumowanie, które nie jest wierszem danych. Wiersz: 5."),
        (6, 7, "Pominięto przypis lub objaśnienie, które nie jest wierszem danych. Wiersz: 6–7."),
    ]
    assert [(one["column"], one["heading"]) for one in reading["columns"]] == [("A", "Lp.")]
    assert receipt["reading"]["rows"][1]["message"] == "A total, which is no row of data, was passed over. Row: 5."
    assert ok(await send(service, PUBLISHED))["reading"] == reading
    now = await stored(service)
    assert {number: (one["submitted_on"], one["submitted_value_pln"]) for number, one in now.items()} == {
        "WND-1/11": ("2011-08-30", "200626162.00"), "WND-2/11": ("2011-08-31", "1234567.50"),
    }  # fmt: skip


async def test_doubtful_numbers_are_one_finding_that_names_the_parameter(service: CallsService) -> None:
    rows = "".join(f"A-{row};2011-08-30;11.{row + 100}\n" for row in range(300))
    content = f"number;submitted_on;submitted_value_pln\n{rows}".encode()
    refused = await send(service, content, partial="true")
    assert (refused.status_code, problems(refused)) == (422, [(2, "submitted_value_pln", "decimal_sign_doubtful")])
    message = refused.json()["errors"][0]["message"]
    assert "„11.100”" in message
    assert "decimal=," in message
    settled = await send(service, content, decimal=",")
    assert (settled.status_code, settled.json()["created"], settled.json()["reading"]["decimal"]) == (201, 300, ",")
    assert (await stored(service))["A-7"]["submitted_value_pln"] == "11107.00"
    mixed = await send(service, b"number;submitted_on;submitted_value_pln\nB-1;2011-08-30;1,50\nB-2;2011-08-30;1.5\n")
    assert problems(mixed) == [(3, "submitted_value_pln", "decimal_signs_mixed")]


async def test_list_of_which_all_is_passed_over_says_so(service: CallsService) -> None:
    answer = await send(service, b"Lista\nnumber;title\nRAZEM;0\n")
    assert_problem(answer, 422, "import_empty")
    assert [one["code"] for one in answer.json()["reading"]["rows"]] == [
        "passed_over_above_header",
        "passed_over_total",
    ]


async def test_total_that_may_be_an_application_is_refused(service: CallsService) -> None:
    refused = await send(service, b"number;title;submitted_on\nA-1/11;x;\nRazem;y;2011-08-30\n", partial="true")

    assert problems(refused) == [(3, "number", "row_doubtful")]
    assert sorted(await stored(service)) == ["A-1/11"]


async def test_numbers_that_a_spreadsheet_changed_get_a_hint(service: CallsService) -> None:
    await service.add_organisation(regon="000288975", nip="8567346215")
    words = ["'8567346215", '"=""8567346215"""', "8,56735E+09", "288975", "8567346215.0", "Gmina Bobrowniki"]
    content = "number;organisation\n" + "".join(f"A-{row};{word}\n" for row, word in enumerate(words, 2))
    answer = await send(service, content.encode(), partial="true")
    assert [(one["row"], one["code"], one["params"].get("expected")) for one in answer.json()["first_findings"]] == [
        (4, "number_rounded_by_spreadsheet", None), (5, "number_changed_by_spreadsheet", "000288975"),
        (6, "number_changed_by_spreadsheet", "8567346215"), (7, "application_organisation_unknown", None),
    ]  # fmt: skip
    assert "„Gmina Bobrowniki”" in answer.json()["first_findings"][3]["message"]


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
async def test_compressed_list_is_refused_with_what_is_accepted(service: CallsService, encoding: str) -> None:
    content = gzip.compress(b"number\nA-1\n") if encoding == "gzip" else b"number\nA-1\n"
    answer: httpx.Response = await service.officer.post(
        IMPORTS, content=content, headers={"Content-Type": "text/csv", "Content-Encoding": encoding}
    )
    assert_problem(answer, 415, "content_encoding_not_taken")
    assert "text/csv, application/x-ndjson, application/json" in answer.json()["detail"]
