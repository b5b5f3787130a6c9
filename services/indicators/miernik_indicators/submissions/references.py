"""Reference tables of a return (units, indicators with their parts, periods), to be joined with its rows."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeGuard

import polars as pl
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.register.queries import find_known_codes
from miernik_indicators.submissions.queries.references import (
    find_units,
    list_breakdown_numbers,
    list_definition_versions,
)
from miernik_shared.database import AnyRow
from miernik_shared.uploads.headings import normalise_heading
from miernik_shared.values.organisation_numbers import is_rounded_by_spreadsheet
from miernik_shared.values.period import Period
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

_DIGITS_WITHOUT_ZERO = 6
_ONLY_DASHES = re.compile("[-\u2010-\u2015\u2212]+")
_ZERO_DECIMALS = re.compile(r"(?P<digits>[0-9]+)[.,]0+")
_INTRODUCTIONS = ("w tym ", "w tym: ", "of which ", "of which: ")
UNIT_SCHEMA = {
    "unit": pl.String,
    "unit_no": pl.Int32,
    "voivodeship": pl.Int16,
    "powiat": pl.Int16,
    "own": pl.Boolean,
    "active_from": pl.Date,
    "active_to": pl.Date,
    "unit_fault": pl.String,
    "unit_expected": pl.String,
}
PERIOD_SCHEMA = {"period": pl.String, "starts_on": pl.Date, "effective_on": pl.Date, "period_fault": pl.String}
SERIES_SCHEMA = {
    "indicator": pl.String,
    "breakdown": pl.String,
    "effective_on": pl.Date,
    "series_no": pl.Int32,
    "breakdown_no": pl.Int16,
    "whole_numbers": pl.Boolean,
}
EXPECTED_SCHEMA = {"indicator": pl.String, "effective_on": pl.Date, "series_no": pl.Int32}


@dataclass(frozen=True, slots=True)
class References:
    """Tables keyed by the cell texts of the file. An unknown text has a fault instead of a key."""

    units: pl.DataFrame
    periods: pl.DataFrame
    series: pl.DataFrame
    indicator_dates: dict[str, str | None]
    """Unknown texts that look like a date, and the code that was probably typed: ``07.sty`` → ``7.1``."""
    accumulated: frozenset[int]
    """Series aggregated over time by ``last`` or ``max`` instead of ``sum``."""
    expected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXPECTED_SCHEMA))
    """Indicators whose definition is in force on each period end: a complete return states each of them."""


async def build_unit_table(
    connection: AsyncConnection, words: Sequence[str], unit_kind: str, own: frozenset[str] | None
) -> pl.DataFrame:
    """Resolve cell texts to units: a unit's code, or the TERC of its gmina or powiat in any spelling and of any day.

    ``own`` are the ids that the caller may report for; ``None`` means all.
    """
    codes = {word: _parse_territory(word) for word in words}
    territories = sorted({code.code for code in codes.values() if isinstance(code, TerritoryCode)})
    units = await find_units(connection, unit_kind, words, territories)
    by_code = {unit.code: [unit] for unit in units}
    by_territory: dict[str, list[AnyRow]] = {}
    for unit in units:
        by_territory.setdefault(unit.territory, []).append(unit)
    shortened = [f"0{code.code}"[:6] for code in codes.values() if _may_lack_zero(code)]
    restored = await find_known_codes(connection, shortened) if shortened else set[str]()
    rows = [
        _resolve_unit(
            word, by_code.get(word) or _find_units_in_territory(codes[word], by_territory), codes[word], own, restored
        )
        for word in words
    ]
    return pl.DataFrame(rows, schema=UNIT_SCHEMA, orient="row")


def _parse_territory(word: str) -> TerritoryCode | str | None:
    try:
        return TerritoryCode.parse(word)
    except LostLeadingZero as lost:
        return lost.restored
    except ValueError:
        return None


def _may_lack_zero(code: TerritoryCode | str | None) -> TypeGuard[TerritoryCode]:
    """Whether six digits without a kind may be seven that lost their leading zero."""
    return isinstance(code, TerritoryCode) and len(str(code)) == _DIGITS_WITHOUT_ZERO


def _find_units_in_territory(code: TerritoryCode | str | None, by_territory: dict[str, list[AnyRow]]) -> list[AnyRow]:
    if not isinstance(code, TerritoryCode) or not code.is_reporting_kind:
        return []
    return by_territory.get(code.code, [])


def _resolve_unit(
    word: str,
    units: list[AnyRow],
    code: TerritoryCode | str | None,
    own: frozenset[str] | None,
    restored: set[str],
) -> tuple[Any, ...]:
    if len(units) == 1:
        unit = units[0]
        is_own = own is None or str(unit.id) in own
        days = (unit.active_from, unit.active_to)
        return (word, unit.unit_no, unit.voivodeship, unit.powiat, is_own, *days, None, None)
    fault, expected = _explain_unresolved_unit(word, units, code, restored)
    return (word, None, None, None, False, None, None, fault, expected)


def _explain_unresolved_unit(
    word: str, units: list[AnyRow], code: TerritoryCode | str | None, restored: set[str]
) -> tuple[str, str | None]:
    if units:
        return "unit_ambiguous", ", ".join(sorted(unit.code for unit in units)[:5])
    if isinstance(code, str):
        return "unit_lost_zero", code
    if decimals := _ZERO_DECIMALS.fullmatch(word):
        restored_code = _parse_territory(decimals["digits"])
        return "number_changed_by_spreadsheet", str(restored_code) if restored_code else decimals["digits"]
    if is_rounded_by_spreadsheet(word):
        return "number_rounded_by_spreadsheet", None
    if _may_lack_zero(code) and f"0{code.code}"[:6] in restored:
        return "unit_lost_zero", f"0{code.code}"
    if isinstance(code, TerritoryCode) and not code.is_reporting_kind:
        return "unit_is_a_part", None
    return "unit_unknown", None


def build_period_table(words: Sequence[str], kind: str, first: date, last: date) -> pl.DataFrame:
    """Resolve cell texts to period ends; a period outside ``first`` to ``last``, the span of the return, is a fault."""
    return pl.DataFrame(
        [_resolve_period(word, kind, first, last) for word in words], schema=PERIOD_SCHEMA, orient="row"
    )


def _resolve_period(word: str, kind: str, first: date, last: date) -> tuple[str, date | None, date | None, str | None]:
    try:
        period = Period.parse(word)
    except ValueError:
        return (word, None, None, "period_malformed")
    if period.kind != kind:
        return (word, None, None, "period_of_other_kind")
    if not (first <= period.starts_on and period.ends_on <= last):
        return (word, None, None, "period_outside_return")
    return (word, period.starts_on, period.ends_on, None)


async def build_series_table(
    connection: AsyncConnection, form_no: int, days: Sequence[date]
) -> tuple[pl.DataFrame, frozenset[int], pl.DataFrame]:
    """Series, part and whether values are whole numbers, for each indicator of the form, word of a part and period end.

    They are those of the definition in force on the period end. Returned with the series that are not plain sums, and
    with the indicators that a complete return states.
    """
    versions = await list_definition_versions(connection, form_no)
    numbers = await list_breakdown_numbers(connection)
    rows = [
        (code, word, day, version.series_no, numbers[part], version.whole_numbers)
        for code, history in versions.items()
        for day in days
        for version in [_find_version_in_force(history, day)]
        for word, part in _list_part_words(version.parts)
    ]
    accumulated = frozenset(v.series_no for history in versions.values() for v in history if v.aggregation != "sum")
    expected = [
        (code, day, _find_version_in_force(history, day).series_no)
        for code, history in versions.items()
        for day in days
        if history[0].valid_from <= day
    ]
    return (
        pl.DataFrame(rows, schema=SERIES_SCHEMA, orient="row"),
        accumulated,
        pl.DataFrame(expected, schema=EXPECTED_SCHEMA, orient="row"),
    )


def _find_version_in_force(versions: list[AnyRow], day: date) -> AnyRow:
    past = [version for version in versions if version.valid_from <= day]
    return past[-1] if past else versions[0]


def _list_part_words(parts: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Words for the whole and for each part of an indicator, with the codes: the codes, and unambiguous names."""
    yield "", ""
    codes = [part["code"] for part in parts]
    yield from zip(codes, codes, strict=True)
    named = [(normalise_breakdown(part["name"]), part["code"]) for part in parts]
    uses = Counter(name for name, _ in named)
    yield from ((name, code) for name, code in named if name not in codes and uses[name] == 1)


def normalise_breakdown(text: str) -> str:
    """Code or printed name of a part as series are keyed: in lower case without diacritics, ``w tym`` and dashes."""
    plain = normalise_heading(text)
    for introduction in _INTRODUCTIONS:
        plain = plain.removeprefix(introduction)
    return "" if _ONLY_DASHES.fullmatch(plain) else plain
