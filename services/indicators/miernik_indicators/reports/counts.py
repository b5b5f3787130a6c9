"""Counts of units behind the figures: how many owe a return, how many gave it, for the newest period and before.

For the present they come from the rollups, whose size depends on powiaty and periods; for a gmina or the past from the
units, lists and facts known at a position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.owing.queries import CALENDAR, OWING_UNITS
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import AnyRow

# The series of a report with the form that collects each and the first day of its definition.
_WANTED = """
    select * from unnest(cast(:series as integer[]), cast(:forms as integer[]), cast(:from_days as date[]))
        as wanted (series_no, form_no, from_on)
"""
# Periods of these forms that have ended.
_ENDED = f"""
    select * from ({CALENDAR}) opened
    where form_no in (select form_no from wanted) and effective_on <= :as_of
"""
# Number of owing units, and of values of the whole that they gave, by period: sums of the rollups, less the values of
# units that gave a return and did not owe it.
_FROM_ROLLUPS = """
    owed as (
        select form_no, effective_on, sum(number) as owing
        from owing_rollup
        where form_no in (select form_no from wanted) and effective_on <= :as_of {places}
        group by form_no, effective_on
    ), gave as (
        select series_no, effective_on, sum(stated) as given
        from indicator_rollup
        where series_no = any (:series) and breakdown_no = 0 and effective_on <= :as_of {places}
        group by series_no, effective_on
        union all
        select fact.series_no, fact.effective_on, -count(fact.value)
        from coverage covered
        join reporting_unit unit using (unit_no)
        join observation fact on (fact.voivodeship, fact.unit_no, fact.effective_on, fact.submission_no)
            = (unit.voivodeship, covered.unit_no, covered.effective_on, covered.submission_no)
        where not covered.owed and covered.form_no in (select form_no from wanted)
            and covered.effective_on <= :as_of {unit_places}
            and fact.series_no = any (:series) and fact.breakdown_no = 0
        group by fact.series_no, fact.effective_on
    )
"""
# The same counted from the units, lists and facts. Each step is materialized, and the last one groups instead of
# joining: the planner expects one owing unit where there are thousands, and would compare each with each.
_FROM_FACTS = f"""
    owing as materialized (
        select * from ({OWING_UNITS}) unit where true {{unit_places}} {{units}}
    ), owed as (
        select form_no, effective_on, count(*) as owing from owing group by form_no, effective_on
    ), counted as materialized (
        select distinct on (return_no) submission_no, form_no
        from submission
        where position <= :position and version is not null and form_no in (select form_no from wanted)
        order by return_no, version desc
    ), fact as materialized (
        select form_no, unit_no, series_no, effective_on
        from observation fact
        join counted using (submission_no)
        where series_no = any (:series) and breakdown_no = 0 and value is not null
            and effective_on <= :as_of {{fact_places}} {{fact_units}}
    ), unit_period as (
        select effective_on, bool_or(owes) as owes, array_agg(series_no) filter (where not owes) as given
        from (
            select form_no, unit_no, effective_on, series_no, false as owes from fact
            union all
            select form_no, unit_no, effective_on, null, true from owing
        ) both_sides
        group by form_no, unit_no, effective_on
    ), gave as (
        select given_series.series_no, effective_on, count(*) as given
        from unit_period cross join lateral unnest(unit_period.given) as given_series (series_no)
        where owes
        group by given_series.series_no, effective_on
    )
"""
# Returns per series its newest period with the counts, and the number of its periods that are not complete.
_PERIODS = """
    with wanted as ({wanted}), calendar as ({ended}), {counted}, given as (
        select series_no, effective_on, sum(given) as given from gave group by series_no, effective_on
    ), counts as (
        select wanted.series_no, calendar.period, calendar.effective_on, calendar.known,
            coalesce(owed.owing, 0) as owing, coalesce(given.given, 0) as given
        from wanted
        join calendar using (form_no)
        left join owed using (form_no, effective_on)
        left join given on (given.series_no, given.effective_on) = (wanted.series_no, calendar.effective_on)
        where wanted.from_on is null or calendar.effective_on >= wanted.from_on
    )
    select distinct on (series_no) series_no, period, effective_on, known, owing, given,
        count(*) filter (where not known or given < owing) over (partition by series_no) as incomplete_periods
    from counts
    order by series_no, effective_on desc
"""
# Returns per form and period the number of units whose newest return is of that period.
_RETURNS_FROM_ROLLUP = """
    select form_no, newest_on, sum(number) as number
    from return_rollup
    where form_no = any (:forms) and effective_on <= :as_of {places}
    group by form_no, newest_on
    having sum(number) <> 0
"""
# The same counted from the submissions that counted at a position.
_RETURNS_FROM_FACTS = """
    with counted as materialized (
        select distinct on (return_no) submission_no, form_no
        from submission
        where position <= :position and version is not null and form_no = any (:forms)
        order by return_no, version desc
    )
    select form_no, newest_on, count(*) as number
    from (
        select counted.form_no, reported.unit_no, max(reported.effective_on) as newest_on
        from submission_unit reported
        join counted using (submission_no)
        join reporting_unit unit on unit.unit_no = reported.unit_no
        where reported.effective_on <= :as_of {unit_places} {units}
        group by counted.form_no, reported.unit_no
    ) newest
    group by form_no, newest_on
"""
# Lifts row-level security until the transaction ends.
_WHOLE_REGION = text("select set_config('miernik.region', 'on', true)")


@dataclass(frozen=True, slots=True)
class SeriesCollection:
    """Series of a report, the form that collects it, and the first day of its definition if it had a former one."""

    series_no: int
    form_no: int
    from_on: date | None


@dataclass(frozen=True, slots=True)
class PeriodCounts:
    """Newest period of a series: units that owe it and units that gave the value; ``owing`` None is unknown."""

    period: str
    ends_on: date
    owing: int | None
    given: int
    incomplete_periods: int
    """Periods of the series for which a unit that owes the value did not give it, or it is unknown who owes it."""


@dataclass(frozen=True, slots=True)
class ReturnCounts:
    """Counts behind the figures of a report."""

    by_series: Mapping[int, PeriodCounts]
    by_newest_period: Mapping[int, Mapping[date, int]]
    """Number of units by form and last day of the period of their newest return."""

    def count_given(self, collection: SeriesCollection) -> int:
        """Number of units with a return in the time of the series."""
        newest = self.by_newest_period.get(collection.form_no, {})
        return sum(number for day, number in newest.items() if collection.from_on is None or day >= collection.from_on)


@dataclass(frozen=True, slots=True)
class CountQuery:
    """Series, territory and day of the counts; ``position`` for what was known at one instead of the present."""

    collections: Sequence[SeriesCollection]
    territory: TerritoryFilter
    as_of: date
    read_position: int
    past: bool


async def read_counts(connection: AsyncConnection, query: CountQuery) -> ReturnCounts:
    """Count the units that owe and gave the series. A gmina and the past are counted from facts."""
    territory, from_facts = query.territory, query.past or query.territory.units is not None
    places = territory.places()
    of_units = territory.units is not None
    if not of_units:
        await connection.execute(_WHOLE_REGION)
    parameters: dict[str, Any] = {
        "series": [one.series_no for one in query.collections],
        "forms": [one.form_no for one in query.collections],
        "from_days": [one.from_on for one in query.collections],
        "as_of": query.as_of,
        "position": query.read_position,
        **places,
    } | ({"units": territory.units} if of_units else {})
    select_periods, select_returns = _build_statements(tuple(places), from_facts=from_facts, of_units=of_units)
    periods = (await connection.execute(select_periods, parameters)).all()
    by_newest_period: dict[int, dict[date, int]] = {}
    for row in await connection.execute(select_returns, parameters):
        by_newest_period.setdefault(row.form_no, {})[row.newest_on] = int(row.number)
    return ReturnCounts({row.series_no: _to_counts(row) for row in periods}, by_newest_period)


@cache
def _build_statements(places: tuple[str, ...], *, from_facts: bool, of_units: bool) -> tuple[TextClause, TextClause]:
    """Build the statements of one level of territory, as of the figures."""
    conditions = {
        "places": " ".join(f"and {place} = :{place}" for place in places),
        "unit_places": " ".join(f"and unit.{place} = :{place}" for place in places),
        "fact_places": " ".join(f"and fact.{place} = :{place}" for place in places),
        "units": "and unit.unit_no = any (:units)" if of_units else "",
        "fact_units": "and fact.unit_no = any (:units)" if of_units else "",
    }
    counted = (_FROM_FACTS if from_facts else _FROM_ROLLUPS).format(**conditions)
    returns = _RETURNS_FROM_FACTS if from_facts else _RETURNS_FROM_ROLLUP
    periods = _PERIODS.format(wanted=_WANTED, ended=_ENDED, counted=counted)
    return text(periods), text(returns.format(**conditions))


def _to_counts(row: AnyRow) -> PeriodCounts:
    return PeriodCounts(
        period=row.period,
        ends_on=row.effective_on,
        owing=int(row.owing) if row.known else None,
        given=int(row.given),
        incomplete_periods=int(row.incomplete_periods),
    )
