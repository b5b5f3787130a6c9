"""Achieved values of indicators: from the rollup for the present, aggregated from facts for a gmina or the past."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import AnyRow

# Returns per series and part the sum, the counts and the last period end up to the day, within a territory.
_FROM_ROLLUP = """
    select series_no, breakdown_no, sum(sum) as value, sum(reported) as reported, sum(missing) as missing,
        max(effective_on) filter (where stated > 0) as last_period_end
    from indicator_rollup
    where series_no = any (:series) and effective_on <= :as_of {places}
    group by series_no, breakdown_no
"""
# Returns the submissions that counted at a position: of each return the last version recorded by then.
_COUNTED = """
    select distinct on (return_no) submission_no
    from submission
    where position <= :position and version is not null {restriction}
    order by return_no, version desc
"""
# Restricts the submissions to returns with observations of some units.
_OF_UNITS = """and return_no in (
    select return_no from submission where submission_no in (
        select submission_no from observation where voivodeship = :voivodeship and unit_no = any (:units)))"""
# Returns the same figures as _FROM_ROLLUP, aggregated from the facts of the submissions that counted at the position.
_FOLD = """
    with counted as ({counted}),
    fact as (
        select unit_no, series_no, breakdown_no, effective_on, value, aggregation
        from observation join counted using (submission_no)
        join (select distinct series_no, aggregation from indicator_version where series_no = any (:series)) series
            using (series_no)
        where effective_on <= :as_of {places} {units}
    ), state as (
        select unit_no, series_no, breakdown_no, value from fact where aggregation = 'sum'
        union all
        (select distinct on (unit_no, series_no, breakdown_no) unit_no, series_no, breakdown_no, value
        from fact where aggregation = 'last'
        order by unit_no, series_no, breakdown_no, effective_on desc)
        union all
        select unit_no, series_no, breakdown_no, max(value) from fact where aggregation = 'max'
        group by unit_no, series_no, breakdown_no
    ), total as (
        select series_no, breakdown_no, coalesce(sum(value), 0) as value, count(value) as reported,
            count(*) - count(value) as missing
        from state group by series_no, breakdown_no
    ), newest as (
        select series_no, breakdown_no, max(effective_on) filter (where value is not null) as last_period_end
        from fact group by series_no, breakdown_no
    )
    select * from total join newest using (series_no, breakdown_no)
"""
# Lifts row-level security until the transaction ends.
_WHOLE_REGION = text("select set_config('miernik.region', 'on', true)")


@dataclass(frozen=True, slots=True)
class Figure:
    """Achieved value. ``value`` is ``None`` when nothing was reported: missing is not zero."""

    value: Decimal | None
    reported: int
    missing: int
    last_period_end: date | None


Figures = Mapping[tuple[int, int], Figure]
"""Figures by series and part key."""


async def read_current_figures(
    connection: AsyncConnection, series: Sequence[int], territory: TerritoryFilter, as_of: date
) -> Figures:
    """Sum the rollup up to the day. Its size depends on powiaty and periods, not on the number of observations."""
    places = territory.places()
    parameters = {"series": list(series), "as_of": as_of, **places}
    return _to_figures(await connection.execute(_select_from_rollup(tuple(places)), parameters))


@cache
def _select_from_rollup(places: tuple[str, ...]) -> TextClause:
    """Build one statement per level of territory.

    A generic plan for all levels would read the whole country for one voivodeship.
    """
    return text(_FROM_ROLLUP.format(places=_restrict_to(places)))


@cache
def _select_from_facts(places: tuple[str, ...], *, of_units: bool) -> TextClause:
    """Build one statement per level of territory, as of the rollup."""
    counted = _COUNTED.format(restriction=_OF_UNITS if of_units else "")
    units = "and unit_no = any (:units)" if of_units else ""
    return text(_FOLD.format(counted=counted, places=_restrict_to(places), units=units))


def _restrict_to(places: tuple[str, ...]) -> str:
    return " ".join(f"and {place} = :{place}" for place in places)


async def read_past_figures(
    connection: AsyncConnection, series: Sequence[int], territory: TerritoryFilter, as_of: date, position: int
) -> Figures:
    """Aggregate the facts that counted at a position.

    The total of a powiat or more belongs to no single unit, so it includes all units' facts for every caller; for a
    gmina row-level security stays in force.
    """
    places, of_units = territory.places(), territory.units is not None
    parameters = {"series": list(series), "as_of": as_of, "position": position, **places}
    if not of_units:
        await connection.execute(_WHOLE_REGION)
    of_territory = parameters | ({"units": territory.units} if of_units else {})
    return _to_figures(await connection.execute(_select_from_facts(tuple(places), of_units=of_units), of_territory))


def _to_figures(rows: Iterable[AnyRow]) -> Figures:
    return {
        (row.series_no, row.breakdown_no): Figure(
            value=row.value if row.reported else None,
            reported=int(row.reported),
            missing=int(row.missing),
            last_period_end=row.last_period_end,
        )
        for row in rows
    }
