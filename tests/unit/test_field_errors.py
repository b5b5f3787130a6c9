"""Validation errors of fields: a sentence for each, which says what to write instead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from miernik_shared.problems import Catalogue
from miernik_shared.problems.catalogue import LANGUAGES
from miernik_shared.values.iso_dates import Day, Instant
from miernik_shared.values.offices import Office, OfficeOrAll
from miernik_shared.web.field_errors import SENTENCES, field_error

CATALOGUE = Catalogue()
LIBRARY_WORDS = re.compile(r"\b[a-z]+_(type|parsing|error|mismatch|long|short|places|digits|inexact|equal)\b")
RULE: dict[str, Any] = {"max_length": 7, "pattern": "^[0-9]{2}$", "expected": "'a', 'b' or 'c'"}


class Point(BaseModel):
    x: int


def render_fault(shape: Any, value: Any) -> tuple[str, str]:
    """The code and the Polish sentence for a wrong value."""
    with pytest.raises(ValidationError) as wrong:
        TypeAdapter(shape).validate_python(value)
    (fault,) = wrong.value.errors()
    said = CATALOGUE.field_error(field_error("/x", dict(fault)), "pl")
    assert said["params"]["reason"] == fault["type"]
    return said["code"], said["message"]


@pytest.mark.parametrize(
    ("shape", "value", "advice"),
    [
        (Annotated[str, Field(pattern="^[0-9]{2}$")], "x", "^[0-9]{2}$"),
        (Annotated[str, Field(max_length=3)], "long", "maksymalna liczba znaków: 3"),
        (Annotated[str, Field(min_length=1)], "", "odstępy: 1"),
        (Annotated[Decimal, Field(decimal_places=2)], "1.234", "miejsc po przecinku: 2"),
        (Annotated[Decimal, Field(max_digits=4)], "12345", "liczba cyfr: 4"),
        (Decimal, "1 234 zł", "1234.56"),
        (Office, "99", "02, 04, 06, 08, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32."),
        (OfficeOrAll, "03", "30, 32, PL."),
        (date, "31.08.2011", "2011-08-31"),
        (date, "2011-02-30", "istniejącą datę"),
        (date, "2011-08-31T10:00", "2011-08-31"),
        (Day, 0, "2011-08-31"),
        (Day, "0", "2011-08-31"),
        (Day, "1314748800", "2011-08-31"),
        (Day, "20110831", "2011-08-31"),
        (Day, "2011-08-31T00:00:00", "2011-08-31"),
        (Day, "\N{ARABIC-INDIC DIGIT TWO}011-08-31", "2011-08-31"),
        (Day, datetime(2011, 8, 31, tzinfo=UTC), "2011-08-31"),
        (Day, "2011-02-30", "istniejącą datę"),
        (Instant, 0, "2026-01-31T12:00:00Z"),
        (Instant, "1314748800", "2026-01-31T12:00:00Z"),
        (Instant, "2011-08-31", "2026-01-31T12:00:00Z"),
        (datetime, "yesterday", "2026-01-31T12:00:00Z"),
        (Literal["a", "b", "c"], "d", "'a', 'b', 'c'"),
        (bool, "perhaps", "true albo false"),
        (int, "x", "całkowitą"),
        (UUID, "17", "UUID"),
        (Annotated[int, Field(gt=3)], 3, "większa niż 3"),
        (Annotated[Decimal, Field(ge=0)], "-1", "co najmniej 0"),
        (Annotated[int, Field(lt=3)], 3, "mniejsza niż 3"),
        (Annotated[int, Field(le=3)], 4, "najwyżej 3"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "liczba pozycji: 1"),
        (list[int], "x", "nawiasach kwadratowych"),
        (dict[str, int], "x", "nawiasach klamrowych"),
        (Point, "x", "nawiasach klamrowych"),
    ],
)
def test_a_wrong_value_gets_advice_and_no_word_of_the_library(shape: Any, value: Any, advice: str) -> None:
    code, sentence = render_fault(shape, value)

    assert code == "field_invalid"
    assert advice in sentence
    assert not LIBRARY_WORDS.search(sentence)


def test_a_missing_and_an_unknown_field_have_codes_of_their_own() -> None:
    assert field_error("/x", {"type": "missing"}).code == "field_missing"
    assert field_error("/x", {"type": "extra_forbidden"}).code == "field_unknown"


@pytest.mark.parametrize("kind", [*SENTENCES, "a_kind_to_come"])
def test_every_fault_has_its_sentence_in_both_languages(kind: str) -> None:
    error = field_error("/x", {"type": kind, "ctx": RULE, "input": "secret"})
    sentences = {CATALOGUE.field_error(error, language)["message"] for language in LANGUAGES}

    assert len(sentences) == 2
    assert not any("secret" in one or LIBRARY_WORDS.search(one) for one in sentences)


def test_a_day_and_a_moment_are_taken_as_written() -> None:
    assert TypeAdapter(Day).validate_json('"2011-08-31"') == TypeAdapter(Day).validate_python(date(2011, 8, 31))
    moment = TypeAdapter(Instant).validate_json('"2011-08-31T10:00:00+02:00"')
    assert moment == datetime(2011, 8, 31, 8, tzinfo=UTC)
