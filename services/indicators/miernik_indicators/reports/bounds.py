"""Bounds of the report: first and last day with figures, voivodeships, measures.

The list of dashboards reads these bounds, so they must cost much less than a report. The rollup has a row for each
powiat and period; a loose index scan avoids reading all of it: for each combination of voivodeship, series and part it
looks up only the first and last day.
"""

from sqlalchemy import text

from miernik_indicators.reports.schemas import BoundsMeasure, BoundsOffice, ReportBounds
from miernik_shared.web.unit_of_work import UnitOfWork

# Returns each voivodeship with figures, its latest name, and the first and last day with a value.
_DAYS = text("""
    with recursive walked (voivodeship) as (
        (select voivodeship from indicator_rollup order by voivodeship limit 1)
        union all
        select next.voivodeship
        from walked cross join lateral (
            select voivodeship from indicator_rollup
            where indicator_rollup.voivodeship > walked.voivodeship order by voivodeship limit 1
        ) next
    ), days as (
        select voivodeship, first.effective_on as first_on, last.effective_on as last_on
        from walked
        cross join (select distinct series_no from indicator_version) series
        cross join breakdown
        cross join lateral (
            select effective_on from indicator_rollup
            where (indicator_rollup.voivodeship, indicator_rollup.series_no, indicator_rollup.breakdown_no)
                = (walked.voivodeship, series.series_no, breakdown.breakdown_no) and stated > 0
            order by effective_on limit 1
        ) first
        cross join lateral (
            select effective_on from indicator_rollup
            where (indicator_rollup.voivodeship, indicator_rollup.series_no, indicator_rollup.breakdown_no)
                = (walked.voivodeship, series.series_no, breakdown.breakdown_no) and stated > 0
            order by effective_on desc limit 1
        ) last
    )
    select lpad(voivodeship::text, 2, '0') as code, min(first_on) as first_on, max(last_on) as last_on, (
            select name from territory
            where territory.code = lpad(voivodeship::text, 2, '0') order by valid_from desc limit 1
        ) as name
    from days group by voivodeship order by 1
""")
# Returns the measures with indicators, in order.
_MEASURES = text("select measure from indicator group by measure order by min(sort_key)")


async def build_report_bounds(work: UnitOfWork) -> ReportBounds:
    """Build the bounds: days, voivodeships and years with figures, measures with indicators."""
    offices = (await work.connection.execute(_DAYS)).all()
    measures = (await work.connection.execute(_MEASURES)).scalars()
    first_on = min((office.first_on for office in offices), default=None)
    last_on = max((office.last_on for office in offices), default=None)
    years = range(first_on.year, last_on.year + 1) if first_on and last_on else range(0)
    return ReportBounds(
        first_on=first_on,
        last_on=last_on,
        offices=[BoundsOffice(code=office.code, name=office.name) for office in offices],
        measures=[BoundsMeasure(code=measure) for measure in measures],
        years=list(years),
        position=work.position,
    )
