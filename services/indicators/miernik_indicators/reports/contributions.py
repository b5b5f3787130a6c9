"""Contributions of other units to the figures of a report, for a reader who may see some units only.

Counts, never values: how many other units gave something to each powiat, period and amount.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.reports.blocks import ALL_PARTS, Amount, Contribution
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.database import AnyRow

_PRESENT = 2**62
# Returns the submissions that counted at a position: of each return the last version recorded by then.
_COUNTED = """
    select distinct on (return_no) submission_no
    from submission
    where position <= {position} and version is not null
    order by return_no, version desc
"""
# Facts of other units up to the day.
_OF_OTHERS = """
    fact.effective_on <= :as_of and fact.series_no = any (:series) {voivodeship}
        and fact.unit_no <> all (array(
            select unit_no from reporting_unit where id = any (cast(:own as uuid[]))))
"""
# Returns per amount, powiat and period the number of units that changed it, and the least and greatest of their keys.
# The amounts are the whole (part 0), its parts, all parts together, and what each of these leaves of the whole. A part
# that a return leaves out is one of which the unit has nothing. A gap changes ``last`` where it supersedes a value.
_CONTRIBUTIONS = f"""
    with counted as ({_COUNTED.format(position=":present")}),
    fact as (
        select fact.voivodeship, fact.powiat, fact.unit_no, fact.series_no, fact.effective_on,
            cast(fact.breakdown_no as integer) as part, fact.value
        from observation fact join counted using (submission_no)
        where {_OF_OTHERS}
    ), part as (
        select distinct series_no, part from fact where part <> 0
    ), whole as (
        select voivodeship, powiat, unit_no, series_no, effective_on, sum(value) filter (where part = 0) as value,
            sum(value) filter (where part <> 0) as of_parts,
            jsonb_object_agg(part, value) filter (where part <> 0) as by_part
        from fact
        where series_no in (select series_no from part)
        group by voivodeship, powiat, unit_no, series_no, effective_on
    ), amount as (
        select voivodeship, powiat, unit_no, series_no, effective_on, part, value, false as is_rest from fact
        union all
        select voivodeship, powiat, unit_no, series_no, effective_on, {ALL_PARTS}, of_parts, false from whole
        union all
        select voivodeship, powiat, unit_no, series_no, effective_on, {ALL_PARTS},
            nullif(coalesce(value, 0) - coalesce(of_parts, 0), 0), true
        from whole
        union all
        select voivodeship, powiat, unit_no, series_no, effective_on, part,
            nullif(coalesce(value, 0) - coalesce(cast(by_part ->> cast(part as text) as numeric), 0), 0), true
        from whole join part using (series_no)
    ), changed as (
        select amount.*, aggregation, lag(value) over (
            partition by is_rest, unit_no, series_no, part order by effective_on) as former
        from amount
        join (select distinct series_no, aggregation from indicator_version) version using (series_no)
    )
    select series_no, part, is_rest, voivodeship, powiat, effective_on, count(*) as units,
        min(unit_no) as least, max(unit_no) as greatest
    from changed
    where value is not null or (aggregation = 'last' and former is not null)
    group by series_no, part, is_rest, voivodeship, powiat, effective_on
"""
# Returns the figures to which other units of the territory contributed as known at a position, and whether they
# contribute something else now.
_KNOWN_THEN = f"""
    with was as ({_COUNTED.format(position=":position")}), stands as ({_COUNTED.format(position=":present")}),
    fact as (
        select fact.unit_no, fact.series_no, fact.breakdown_no, fact.effective_on, fact.value,
            was.submission_no is not null as counted_then, stands.submission_no is not null as counts_now
        from observation fact
        left join was using (submission_no)
        left join stands using (submission_no)
        where (was.submission_no is not null or stands.submission_no is not null) and {_OF_OTHERS} {{powiat}}
    ), state as (
        select series_no, breakdown_no, count(value) filter (where counted_then) as given_then,
            count(*) filter (where counted_then) <> count(*) filter (where counts_now)
            or max(value) filter (where counted_then) is distinct from max(value) filter (where counts_now) as changed
        from fact group by unit_no, series_no, breakdown_no, effective_on
    )
    select series_no, breakdown_no, bool_or(changed) as changed
    from state group by series_no, breakdown_no having sum(given_then) > 0
"""
# Lifts row-level security until the transaction ends, since the returns of others are counted, and has joins hashed:
# without statistics, just after a large load, the planner would choose nested loops over all facts.
_WHOLE_REGION = text("select set_config('miernik.region', 'on', true), set_config('enable_nestloop', 'off', true)")


Contributions = Mapping[int, Sequence[Contribution]]
"""Contributions by series."""


@dataclass(frozen=True, slots=True)
class OthersQuery:
    """Series, territory and day of the figures, and the units that the reader may see (public ids)."""

    series: Sequence[int]
    territory: TerritoryFilter
    as_of: date
    own: Sequence[str]

    def parameters(self) -> dict[str, Any]:
        """Parameters that all statements have in common."""
        common = {"series": list(self.series), "as_of": self.as_of, "own": list(self.own), "present": _PRESENT}
        return common | self.territory.places()


async def read_contributions(connection: AsyncConnection, query: OthersQuery) -> Contributions:
    """Count the contributions of other units in the territory's voivodeship, or in all, as known now.

    A powiat is read with its voivodeship, since the others decide what is shown of it.
    """
    await connection.execute(_WHOLE_REGION)
    parameters = {name: value for name, value in query.parameters().items() if name != "powiat"}
    statement = _select_contributions(in_country=query.territory.voivodeship is None)
    found: dict[int, list[Contribution]] = {}
    for row in await connection.execute(statement, parameters):
        found.setdefault(row.series_no, []).append(_to_contribution(row))
    return found


async def compare_with_present(
    connection: AsyncConnection, query: OthersQuery, position: int
) -> Mapping[tuple[int, int], bool]:
    """Find the figures to which other units had contributed at a position, and whether that has changed since."""
    await connection.execute(_WHOLE_REGION)
    statement = _select_known_then(tuple(query.territory.places()))
    rows = await connection.execute(statement, query.parameters() | {"position": position})
    return {(row.series_no, row.breakdown_no): row.changed for row in rows}


def _to_contribution(row: AnyRow) -> Contribution:
    amount = Amount(row.part, row.is_rest)
    return Contribution(amount, row.voivodeship, row.powiat, row.effective_on, row.units, row.least, row.greatest)


@cache
def _select_contributions(*, in_country: bool) -> TextClause:
    voivodeship = "" if in_country else "and fact.voivodeship = :voivodeship"
    return text(_CONTRIBUTIONS.format(voivodeship=voivodeship))


@cache
def _select_known_then(places: tuple[str, ...]) -> TextClause:
    conditions = {name: f"and fact.{name} = :{name}" if name in places else "" for name in ("voivodeship", "powiat")}
    return text(_KNOWN_THEN.format(**conditions))
