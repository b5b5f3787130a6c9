"""Cells of lists of applications: what is absent, empty, without a heading or cannot be, and how it is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import (
    APPLICATIONS,
    IMPORTS,
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
from tests.support.services.calls_service import CallsService, running_calls

from miernik_local.provision import DatabaseUrls

REGON = "192598184"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        await running.add_tree()
        yield running


async def test_invalid_and_unregistered_organisation_numbers_have_different_codes(service: CallsService) -> None:
    words = ["8567346216", "0000000000", "192598185", "000000000", "856-734-62", "PL8567346216", REGON, "x:1", "abc"]
    answer = await send(service, list_of([submitted(f"A{n}", organisation=one) for n, one in enumerate(words)]))
    wrong, unknown = "application_organisation_number_wrong", "application_organisation_unknown"
    assert problems(answer) == [
        (row, "organisation", wrong if row < 8 else unknown) for row in range(2, len(words) + 2)
    ]  # fmt: skip
    message = answer.json()["errors"][0]["message"]
    assert message.startswith("Wiersz 2: numer „8567346216” jest niepoprawny")


async def test_columns_that_a_spreadsheet_leaves_empty_are_passed_over(service: CallsService) -> None:
    answer = await send(service, b"number;title;;;\nA;x;;;\n;;;;\nB;y;;;\n")
    assert (answer.status_code, answer.json()["created"]) == (201, 2)
    filled = await send(service, b"number;title;;;\nA;x;;;\nB;y;;uwaga;\n")
    assert_problem(filled, 422, "column_unnamed")
    assert filled.json()["errors"][0]["message"].startswith("Kolumna D nie ma nazwy w nagłówku")


async def test_a_field_that_a_row_lacks_stays_and_null_clears(service: CallsService) -> None:
    await service.add_call(number="1", node="7.2.2")
    await imported(service, [submitted("A", title="x", call="1"), submitted("B", title="x"), submitted("C", title="x")])
    rows = [
        {"number": "A", "submitted_value_pln": "5.00"},
        {"number": "B", "title": None},
        {"number": "C", "node": "7.3"},
        {"number": "D", "title": "y", "call": "1"},
    ]
    for content, media in (
        (json.dumps({"rows": rows}), "application/json"),
        ("\n".join(map(json.dumps, rows)), "application/x-ndjson"),
    ):
        answer = await service.officer.post(IMPORTS, content=content, headers={"Content-Type": media})
        assert answer.is_success, answer.text
        now = await stored(service)
        assert {number: (one["title"], one["node"], one["submitted_value_pln"]) for number, one in now.items()} == {
            "A": ("x", "7.2.2", "5.00"), "B": (None, None, "1000.00"), "C": ("x", "7.3", "1000.00"),
            "D": ("y", "7.2.2", None),
        }  # fmt: skip
        assert {one["version"] for number, one in now.items() if number != "D"} == {2}

    assert rollup(service) == fold(service)


async def test_a_cell_that_is_no_text_and_no_number_is_a_finding_of_its_row(service: CallsService) -> None:
    rows = [{"number": {}}, {"number": ["a"]}, {"number": "B", "title": True, "node": "9.9"}]
    expected = [
        (1, "number", "cell_type_wrong"), (2, "number", "cell_type_wrong"),
        (3, "node", "application_node_unknown"), (3, "title", "cell_type_wrong"),
    ]  # fmt: skip
    for content, media in (
        (json.dumps({"rows": rows}), "application/json"),
        ("\n".join(map(json.dumps, rows)), "application/x-ndjson"),
    ):
        for language, words in (("pl", "Wiersz 3, kolumna „tytuł”"), ("en", "Row 3, column title: give a text")):
            headers = {"Content-Type": media, "Accept-Language": language}
            answer = await service.officer.post(IMPORTS, content=content, headers=headers)
            assert (answer.status_code, problems(answer)) == (422, expected)
            assert answer.json()["errors"][3]["message"].startswith(words)

    assert service.row_counts()["application"] == 0


async def test_messages_about_a_list_name_the_row_and_about_one_application_none(service: CallsService) -> None:
    rows = [submitted("A", node="9.9", withdrawn_on="2011-01-01"), submitted("B", title="a\x07")]
    errors = (await send(service, list_of(rows))).json()["errors"]
    told = {one["code"]: one["message"] for one in errors}
    assert told["application_node_unknown"].startswith("Wiersz 2: ")
    assert "„9.9”" in told["application_node_unknown"]
    assert told["stage_after_end"].startswith("Wiersz 2: ")
    assert told["text_unprintable"].startswith("Wiersz 3: ")
    bodies = (submitted(node="9.9"), submitted(title="a\x07"), submitted(withdrawn_on="2011-01-01"))
    for body, code in zip(bodies, told, strict=True):
        single = (await service.officer.post(APPLICATIONS, json=body)).json()["errors"][0]
        assert "Wiersz" not in single["message"]
        assert "–" not in single["message"]
        assert code in told


@pytest.mark.parametrize(
    ("cells", "polish", "english"),
    [
        ({"title": "ul. GÅ‚Ã³wna 1"}, "powinno w nim być „Główna”", 'it should say "Główna"'),
        (
            {"submitted_value_pln": "3,52 mld"},
            "„3,52 mld” zawiera słowo zamiast zer",
            '"3,52 mld" contains a word instead of',
        ),
        ({"submitted_value_pln": "1e3"}, "„1e3” zawiera wykładnik", '"1e3" contains an exponent'),
    ],
)
async def test_error_message_names_the_actual_fault_in_both_languages(
    service: CallsService, cells: dict[str, str], polish: str, english: str
) -> None:
    for language, sentence in (("pl", polish), ("en", english)):
        headers = {"Content-Type": "text/csv", "Accept-Language": language}
        answer = await service.officer.post(IMPORTS, content=list_of([submitted() | cells]), headers=headers)
        assert sentence in answer.json()["errors"][0]["message"]


async def test_misread_text_of_a_single_application_is_refused(service: CallsService) -> None:
    answer = await service.officer.post(APPLICATIONS, json=submitted(title="ul. GÅ‚Ã³wna 1"))

    assert_problem(answer, 422, "text_misread", at="/title", expected="Główna")


async def test_amounts_and_days_as_spreadsheets_write_them_are_taken(service: CallsService) -> None:
    content = "number;submitted_on;submitted_value_pln\nA;2011-08-01 00:00:00;406.097,28\nB;01.08.2011 0:00;60, 7\n"
    taken_in = await send(service, content.encode())
    assert taken_in.status_code == 201, taken_in.text
    now = await stored(service)
    assert [(now[name]["submitted_on"], now[name]["submitted_value_pln"]) for name in "AB"] == [
        ("2011-08-01", "406097.28"), ("2011-08-01", "60.70"),
    ]  # fmt: skip


async def test_unknown_field_is_passed_over_and_named_unless_it_is_a_pesel(service: CallsService) -> None:
    pesel = made_up_pesel()
    for number, media in (("A", "application/json"), ("B", "application/x-ndjson")):
        first, second = {"number": number, "kolor": "x"}, {"number": f"{number}1", f"x {pesel}": "y"}
        answer = await service.officer.post(IMPORTS, content=rendered([first], media), headers={"Content-Type": media})
        assert ok(answer)["reading"]["columns"] == [
            {"column": "2", "heading": "kolor", "code": "passed_over_unknown_column",
             "message": "Pominięto kolumnę „kolor”, bo nie należy do przyjmowanych kolumn. Kolumna: 2."}
        ]  # fmt: skip
        refused = await service.officer.post(
            IMPORTS, content=rendered([first, second], media), headers={"Content-Type": media}
        )
        assert_problem(refused, 422, "personal_number")
        assert pesel not in refused.text + service.everything_stored()


def rendered(rows: list[dict[str, str]], media: str) -> str:
    return json.dumps({"rows": rows}) if media == "application/json" else "\n".join(map(json.dumps, rows))
