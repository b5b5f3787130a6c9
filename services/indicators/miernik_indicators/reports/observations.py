"""Observations behind a figure: unit, value, and the row of the submission that reported it.

As in the report, only the series of the definition in force on the day counts.
"""

from datetime import date
from typing import Any

from sqlalchemy import text

from miernik_indicators.reports.schemas import Observation
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import columns_of
from miernik_shared.web.unit_of_work import UnitOfWork

# Returns the observations of an indicator part up to the day, of the submissions that counted at the position.
_OBSERVATIONS = text("""
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
        and breakdown.code = :breakdown
        and (cast(:voivodeship as smallint) is null or fact.voivodeship = :voivodeship)
        and (cast(:powiat as smallint) is null or fact.powiat = :powiat)
        and (cast(:units as integer[]) is null or fact.unit_no = any (:units))
        and (cast(:after_day as date) is null or (fact.effective_on, fact.unit_no) > (:after_day, :after_unit))
    order by fact.effective_on, fact.unit_no
    limit :limit
""")


async def find_observations(
    work: UnitOfWork,
    indicator: str,
    breakdown: str | None,
    territory: TerritoryFilter,
    as_of: date,
    after: list[Any] | None,
    limit: int,
) -> list[tuple[Observation, tuple[str, int]]]:
    """Observations by period and unit, each with its cursor key. A unit sees its own."""
    parameters = {
        "position": work.known_position if work.known_position is not None else work.position,
        "indicator": indicator,
        "breakdown": breakdown or "",
        "as_of": as_of,
        "voivodeship": territory.voivodeship,
        "powiat": territory.powiat,
        "units": territory.units,
        "after_day": after[0] if after else None,
        "after_unit": after[1] if after else None,
        "limit": limit,
    }
    rows = (await work.connection.execute(_OBSERVATIONS, parameters)).all()
    return [
        (Observation.model_validate(columns_of(row), extra="ignore"), (row.period_end.isoformat(), row.unit_no))
        for row in rows
    ]
