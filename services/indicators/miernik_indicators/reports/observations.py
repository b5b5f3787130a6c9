"""Observations behind a figure: unit, value, and the row of the submission that reported it.

The values that count add up to the figure; the others say why they do not. As in the report, only the series of the
definition in force on the day counts.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import TextClause, column, text

from miernik_indicators.reports.schemas import Observation
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.formats import display
from miernik_shared.web.keyset_lists import Keyset, PageRequest
from miernik_shared.web.paging import Page
from miernik_shared.web.unit_of_work import UnitOfWork

OBSERVATION_ORDER = Keyset("observations", (column("period_end"), column("unit_no")), (date, int))
"""Order of observations in lists: by period and unit."""
# Condition on a submission: it counted at the position, as the last version of its return that was recorded by then.
_COUNTED = """{submission}.position <= :position and {submission}.version is not null and not exists (
            select from submission later
            where later.return_no = {submission}.return_no and later.version > {submission}.version
                and later.position <= :position)"""
# Returns the observations of an indicator part up to the day, of the submissions that counted at the position. Beside
# each stands the observation of the same unit by which an indicator that is no sum over time is decided: the latest for
# ``last``, the earliest of the greatest values for ``max``.
_OBSERVATIONS = f"""
    with in_force as (
        select indicator_no, series_no, aggregation
        from indicator_version join indicator using (indicator_no)
        where indicator.code = :indicator and indicator_version.position <= :position and valid_from <= :as_of
        order by version desc
        limit 1
    ), page as (
        select fact.*, submission.id, in_force.indicator_no, in_force.aggregation
        from observation fact
        join submission using (submission_no)
        join breakdown using (breakdown_no)
        cross join in_force
        where fact.series_no = in_force.series_no and fact.effective_on <= :as_of
            and {_COUNTED.format(submission="submission")}
            and breakdown.code = :breakdown {{conditions}}
        order by fact.effective_on, fact.unit_no
        limit :limit
    )
    select unit.code as unit, indicator.code as indicator, nullif(breakdown.code, '') as breakdown,
        fact.effective_on as period_end, fact.value, fact.id as submission_id, fact.row_no as row, fact.unit_no,
        fact.aggregation, decisive.effective_on as decisive_on, decisive.value as decisive_value
    from page fact
    join reporting_unit unit on unit.unit_no = fact.unit_no
    join breakdown using (breakdown_no)
    join indicator using (indicator_no)
    left join lateral (
        select other.effective_on, other.value
        from observation other
        join submission using (submission_no)
        where fact.aggregation <> 'sum'
            and (other.voivodeship, other.unit_no, other.series_no, other.breakdown_no)
                = (fact.voivodeship, fact.unit_no, fact.series_no, fact.breakdown_no)
            and other.effective_on <= :as_of and {_COUNTED.format(submission="submission")}
        order by case when fact.aggregation = 'max' then other.value end desc nulls last,
            case when fact.aggregation = 'last' then other.effective_on end desc, other.effective_on
        limit 1
    ) decisive on true
    order by fact.effective_on, fact.unit_no
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
    return Page(items=[_render_observation(work, row) for row in page.rows], next=page.next)


def _render_observation(work: UnitOfWork, row: AnyRow) -> Observation:
    reason = _find_reason(row)
    params = {"day": display.day(row.decisive_on, work.language)}
    sentence = work.service.catalogue.message(reason, params, work.language) if reason else None
    return Observation.model_validate(columns_of(row) | {"counts": reason is None, "reason": sentence}, extra="ignore")


def _find_reason(row: AnyRow) -> str | None:
    """Message on why a value is left out of the figure; ``None`` for one that counts."""
    if row.value is None:
        return "value_declared_missing"
    if row.aggregation == "sum" or row.period_end == row.decisive_on:
        return None
    if row.aggregation == "max":
        return "value_not_greatest"
    return "value_superseded_by_gap" if row.decisive_value is None else "value_superseded"


@cache
def _select_observations(given: frozenset[str]) -> TextClause:
    """Build one statement per set of optional parameters: a generic plan for all of them reads the whole country."""
    conditions = " ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return text(_OBSERVATIONS.format(conditions=conditions))
