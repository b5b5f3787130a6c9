"""Observations behind a figure: unit, value, and the row of the submission that reported it.

As in the report, only the series of the definition in force on the day counts.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import TextClause, column, text

from miernik_indicators.reports.schemas import Observation
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import columns_of
from miernik_shared.web.keyset_lists import Keyset, PageRequest
from miernik_shared.web.paging import Page
from miernik_shared.web.unit_of_work import UnitOfWork

OBSERVATION_ORDER = Keyset("observations", (column("period_end"), column("unit_no")), (date, int))
"""Order of observations in lists: by period and unit."""
# Returns the observations of an indicator part up to the day, of the submissions that counted at the position.
_OBSERVATIONS = """
    with counted as (
        select distinct on (return_no) submission_no, id
        from submission
        where position <= :position and version is not null
        order by return_no, version desc
    ), in_force as (
        select indicator_no, series_no
        from indicator_version join indicator using (indicator_no)
        where indicator.code = :indicator and indicator_version.position <= :position and valid_from <= :as_of
        order by version desc
        limit 1
    )
    select unit.code as unit, indicator.code as indicator, nullif(breakdown.code, '') as breakdown,
        fact.effective_on as period_end, fact.value, counted.id as submission_id, fact.row_no as row,
        fact.unit_no, fact.breakdown_no
    from observation fact
    join counted using (submission_no)
    join reporting_unit unit on unit.unit_no = fact.unit_no
    join breakdown on breakdown.breakdown_no = fact.breakdown_no
    cross join in_force
    join indicator using (indicator_no)
    where fact.series_no = in_force.series_no and fact.effective_on <= :as_of
        and breakdown.code = :breakdown {conditions}
    order by fact.effective_on, fact.unit_no
    limit :limit
"""
# The condition that each optional parameter adds.
_CONDITIONS = {
    "voivodeship": "and fact.voivodeship = :voivodeship",
    "powiat": "and fact.powiat = :powiat",
    "units": "and fact.unit_no = any (:units)",
    "after_day": "and (fact.effective_on, fact.unit_no) > (:after_day, :after_unit)",
}


@dataclass(frozen=True, slots=True)
class ObservationQuery:
    """The figure whose observations are listed; without a ``breakdown`` it is the whole."""

    indicator: str
    breakdown: str | None
    territory: TerritoryFilter
    as_of: date


async def read_observations_page(work: UnitOfWork, query: ObservationQuery, paging: PageRequest) -> Page[Observation]:
    """One page of the observations by period and unit. A unit sees its own."""
    after_day, after_unit = paging.read_cursor(OBSERVATION_ORDER) or (None, None)
    territory = query.territory
    optional = {
        "voivodeship": territory.voivodeship,
        "powiat": territory.powiat,
        "units": territory.units,
        "after_day": after_day,
        "after_unit": after_unit,
    }
    given = {name: value for name, value in optional.items() if value is not None}
    parameters = {
        "position": work.read_position,
        "indicator": query.indicator,
        "breakdown": query.breakdown or "",
        "as_of": query.as_of,
        "limit": paging.limit + 1,
        **given,
    }
    rows = (await work.connection.execute(_select_observations(frozenset(given)), parameters)).all()
    page = paging.cut_page(OBSERVATION_ORDER, rows)
    return Page(
        items=[Observation.model_validate(columns_of(row), extra="ignore") for row in page.rows], next=page.next
    )


@cache
def _select_observations(given: frozenset[str]) -> TextClause:
    """Build one statement per set of optional parameters: a generic plan for all of them reads the whole country."""
    conditions = " ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return text(_OBSERVATIONS.format(conditions=conditions))
