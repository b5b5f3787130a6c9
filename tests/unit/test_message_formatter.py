"""Parameters stay plain for programs; in a sentence they are written as its reader writes them."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_calls.application_imports.columns import APPLICATIONS
from miernik_calls.applications.version_columns import ENDS, STAGES
from miernik_contracts.rates.rules import SOURCES
from miernik_indicators.submissions.columns import RETURN
from miernik_shared.formats import Language
from miernik_shared.formats.display import money, number
from miernik_shared.problems import Catalogue, FieldError
from miernik_shared.problems.message_formatter import MessageFormatter
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.media import read_table

SERVICES = Path(__file__).parents[2] / "services"
WORDS = {
    name: tomllib.loads((SERVICES / name / f"miernik_{name}/messages/labels.toml").read_text(encoding="utf-8"))
    for name in ("calls", "contracts", "indicators", "gateway")
}
CATALOGUES = {
    name: Catalogue(SERVICES / name / f"miernik_{name}/messages") for name in ("calls", "contracts", "indicators")
}
NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("language", "text", "sentence"),
    [
        ("pl", "{seen:PLN}", "1 234,56 zł"),
        ("en", "{seen:PLN}", "1,234.56 PLN"),
        ("pl", "{seen:{currency}}", "1 234,56 EUR"),
        ("pl", "{seen:number}", "1 234,56"),
        ("pl", "{seen}", "1234.56"),
        ("pl", "{stage:word}", "„pozytywna ocena formalna” (formally_positive)"),
        ("pl", "{other:word}", "other"),
        ("en", "{stage:word}", "formally_positive"),
        ("pl", "{hidden:PLN} i {hidden:number}", "… i …"),
        ("pl", "{row:place}Tekst", "Wiersz 7: Tekst"),
        ("en", "{row:place}Text", "Row 7: Text"),
        ("pl", "{alone:place}Tekst", "Tekst"),
        ("pl", "{now:instant}", "1 września 2011 r., 00:30:05"),
        ("en", "{now:instant}", "1 September 2011, 00:30:05"),
        ("pl", "{alone:instant}", "–"),
    ],
)
def test_a_parameter_is_written_as_the_text_says(language: Language, text: str, sentence: str) -> None:
    words = {"formally_positive": "pozytywna ocena formalna"} if language == "pl" else {}
    params = {"seen": "1234.56", "currency": "EUR", "stage": "formally_positive", "other": "other", "hidden": "…"}
    params |= {"row": "7", "alone": "–", "now": "2011-08-31T22:30:05.123456+00:00"}
    assert MessageFormatter(language, words).fill(text, params).replace(NO_BREAK, " ") == sentence


@given(st.decimals(0, 10**16, places=2), st.sampled_from(["pl", "en"]))
def test_an_amount_is_written_as_in_tables(amount: Decimal, language: Language) -> None:
    filling = MessageFormatter(language, {})

    assert filling.fill("{seen:PLN}", {"seen": str(amount)}) == money(amount, "PLN", language)
    assert filling.fill("{seen:number}", {"seen": str(amount)}) == number(amount, language)


def test_a_parameter_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(KeyError):
        MessageFormatter("pl", {}).fill("{seen:PLN}", {})


def render_error(
    service: str, code: str, params: dict[str, str], language: Language = "pl"
) -> tuple[str, dict[str, str]]:
    said = CATALOGUES[service].field_error(FieldError("/x", code, params), language)
    return said["message"].replace(NO_BREAK, " "), said["params"]


def test_amounts_of_findings_are_grouped_and_their_parameters_are_not() -> None:
    params = {"row": "–", "seen": "1000000.50", "expected": "900000.00"}
    polish, kept = render_error("calls", "value_above_earlier_stage", params)
    assert (polish, kept) == ("Wartość 1 000 000,50 zł jest wyższa niż na wcześniejszym etapie, 900 000,00 zł.", params)
    english, _ = render_error("calls", "value_above_earlier_stage", params, "en")
    assert english == "The value 1,000,000.50 PLN is above that of the earlier stage, 900,000.00 PLN."
    part, _ = render_error("indicators", "part_over_whole", {"row": "3", "seen": "1200.5", "expected": "1000"})
    assert part == "Wiersz 3: wartość „w tym” 1 200,5 przekracza całość 1 000."


def test_the_amounts_of_a_cap_are_written_as_money() -> None:
    params = {"node": "7.1", "limit": "1234567.00", "used": "1000000.00", "asked": "300000.50", "day": "2011-08-31"}
    sentence, _ = render_error("contracts", "allocation_exceeded", params)

    assert "1 234 567,00 zł" in sentence
    assert "1 000 000,00 zł" in sentence
    assert "300 000,50 zł" in sentence


def test_a_stage_is_told_by_its_polish_word_and_its_code() -> None:
    skipped, _ = render_error("calls", "stage_skipped", {"row": "7", "expected": "formally_positive_on"})
    assert skipped.startswith("Wiersz 7: ")
    assert "„data pozytywnej oceny formalnej” (formally_positive_on)" in skipped
    reached = {"stage": "formally_positive", "effective_on": "2011-03-01"}
    assert (
        "etap „pozytywna ocena formalna” (formally_positive) dnia" in render_error("calls", "stage_reached", reached)[0]
    )
    assert "the stage formally_positive on" in render_error("calls", "stage_reached", reached, "en")[0]


@pytest.mark.parametrize(
    ("service", "codes"),
    [
        ("calls", [*STAGES, *(end.removesuffix("_on") for end in ENDS), *APPLICATIONS.columns]),
        ("contracts", SOURCES),
        ("indicators", RETURN.columns),
        ("gateway", ["calls", "contracts", "indicators"]),
    ],
)
def test_every_code_that_a_text_may_name_has_a_polish_word(service: str, codes: list[str]) -> None:
    assert [code for code in codes if code not in WORDS[service]] == []


@pytest.mark.parametrize(("service", "shape"), [("calls", APPLICATIONS), ("indicators", RETURN)])
def test_the_word_for_a_column_is_one_that_a_file_may_use(service: str, shape: TableShape) -> None:
    header = ";".join(WORDS[service][column] for column in shape.columns)
    cells = ";".join("x" for _ in shape.columns)
    table = read_table(shape, f"{header}\n{cells}\n".encode(), "text/csv", None)

    assert table.frame.columns == ["row_no", *shape.columns]


def test_the_table_of_headings_has_every_one_that_a_list_may_use() -> None:
    guide = (SERVICES.parent / "docs/howto/send-a-list-of-applications.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in guide.splitlines() if line.startswith("| `")]
    aliases = {
        column: [f"`{one}`" for one, meant in APPLICATIONS.aliases.items() if meant == column]
        for column in APPLICATIONS.columns
    }
    expected = [[f"`{column}`", WORDS["calls"][column], ", ".join(aliases[column])] for column in APPLICATIONS.columns]

    assert lines == expected
