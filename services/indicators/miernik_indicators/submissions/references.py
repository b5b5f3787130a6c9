"""What a return refers to: units, indicators with their parts, periods, as small tables to join with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.definitions.models import breakdown, indicator, indicator_version
from miernik_indicators.forms.models import form_indicator
from miernik_indicators.register.queries import find_known_codes
from miernik_indicators.units.models import reporting_unit
from miernik_indicators.units.queries import select_current_units
from miernik_shared.database import AnyRow
from miernik_shared.values.period import Period
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

UNIT_SCHEMA = {
    "unit": pl.String,
    "unit_no": pl.Int32,
    "voivodeship": pl.Int16,
    "powiat": pl.Int16,
    "own": pl.Boolean,
    "unit_fault": pl.String,
    "unit_expected": pl.String,
}
PERIOD_SCHEMA = {"period": pl.String, "effective_on": pl.Date, "period_fault": pl.String}
SERIES_SCHEMA = {
    "indicator": pl.String,
    "breakdown": pl.String,
    "effective_on": pl.Date,
    "series_no": pl.Int32,
    "breakdown_no": pl.Int16,
    "whole_numbers": pl.Boolean,
}

# Put together once: for a small return that took longer than running them.
_TEXTS = ARRAY(Text)
_UNITS = select_current_units().where(
    reporting_unit.c.kind == bindparam("kind"),
    or_(
        reporting_unit.c.code == func.any(bindparam("words", type_=_TEXTS)),
        reporting_unit.c.territory == func.any(bindparam("territories", type_=_TEXTS)),
    ),
)
_VERSIONS = (
    select(indicator.c.code, indicator_version)
    .join(indicator_version, indicator_version.c.indicator_no == indicator.c.indicator_no)
    .join(form_indicator, form_indicator.c.indicator_no == indicator.c.indicator_no)
    .where(form_indicator.c.form_no == bindparam("form_no"))
    .order_by(indicator.c.indicator_no, indicator_version.c.version)
)
_BREAKDOWNS = select(breakdown.c.code, breakdown.c.breakdown_no)


@dataclass(frozen=True, slots=True)
class References:
    """Tables keyed by the words of the file. Unknown words have a fault instead of a number."""

    units: pl.DataFrame
    periods: pl.DataFrame
    series: pl.DataFrame
    indicator_dates: dict[str, str | None]
    """Unknown words that look like a date, and the code that probably became it: ``07.sty`` → ``7.1``."""
    accumulated: frozenset[int]
    """Series that are not plain sums over time (``last``, ``max``)."""


async def build_unit_table(
    connection: AsyncConnection, words: Sequence[str], unit_kind: str, own: frozenset[str] | None
) -> pl.DataFrame:
    """Units that the words stand for: a unit's code, or the TERC of its gmina or powiat in any spelling and of any
    day. ``own`` are the ids the caller may report for; ``None`` means all."""
    codes = {word: _parse_territory(word) for word in words}
    territories = sorted({code.code for code in codes.values() if isinstance(code, TerritoryCode)})
    named = {"kind": unit_kind, "words": list(words), "territories": territories}
    units = (await connection.execute(_UNITS, named)).all()
    by_code = {unit.code: [unit] for unit in units}
    by_territory: dict[str, list[AnyRow]] = {}
    for unit in units:
        by_territory.setdefault(unit.territory, []).append(unit)
    shortened = [f"0{word}"[:6] for word in words if re.fullmatch(r"\d{5,6}", word)]
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
        return (word, unit.unit_no, unit.voivodeship, unit.powiat, is_own, None, None)
    fault, expected = _explain_unresolved_unit(word, units, code, restored)
    return (word, None, None, None, False, fault, expected)


def _explain_unresolved_unit(
    word: str, units: list[AnyRow], code: TerritoryCode | str | None, restored: set[str]
) -> tuple[str, str | None]:
    if units:
        return "unit_ambiguous", ", ".join(sorted(unit.code for unit in units)[:5])
    if isinstance(code, str):
        return "unit_lost_zero", code
    if f"0{word}"[:6] in restored:
        return "unit_lost_zero", f"0{word}"
    if isinstance(code, TerritoryCode) and not code.is_reporting_kind:
        return "unit_is_a_part", None
    return "unit_unknown", None


def build_period_table(words: Sequence[str], kind: str, first: date, last: date) -> pl.DataFrame:
    """Period ends by the words of the file; a fault outside ``first``–``last``, the span of the return."""
    return pl.DataFrame(
        [_resolve_period(word, kind, first, last) for word in words], schema=PERIOD_SCHEMA, orient="row"
    )


def _resolve_period(word: str, kind: str, first: date, last: date) -> tuple[str, date | None, str | None]:
    try:
        period = Period.parse(word)
    except ValueError:
        return (word, None, "period_malformed")
    if period.kind != kind:
        return (word, None, "period_of_other_kind")
    if not (first <= period.starts_on and period.ends_on <= last):
        return (word, None, "period_outside_return")
    return (word, period.ends_on, None)


async def build_series_table(
    connection: AsyncConnection, form_no: int, days: Sequence[date]
) -> tuple[pl.DataFrame, frozenset[int]]:
    """For each indicator of the form, each of its parts and each period end: the series and breakdown numbers of the
    definition in force on that day, and whether its values are whole numbers."""
    versions: dict[str, list[AnyRow]] = {}
    for row in await connection.execute(_VERSIONS, {"form_no": form_no}):
        versions.setdefault(row.code, []).append(row)
    numbers = {row.code: row.breakdown_no for row in await connection.execute(_BREAKDOWNS)}
    rows = [
        (code, part, day, version.series_no, numbers[part], version.whole_numbers)
        for code, known in versions.items()
        for day in days
        for version in [_find_version_in_force(known, day)]
        for part in ("", *(part["code"] for part in version.parts))
    ]
    accumulated = frozenset(v.series_no for known in versions.values() for v in known if v.aggregation != "sum")
    return pl.DataFrame(rows, schema=SERIES_SCHEMA, orient="row"), accumulated


def _find_version_in_force(versions: list[AnyRow], day: date) -> AnyRow:
    past = [version for version in versions if version.valid_from <= day]
    return past[-1] if past else versions[0]
