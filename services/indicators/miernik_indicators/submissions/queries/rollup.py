"""SQL of ``indicator_rollup``, updated in the transaction that writes the facts: only what changed, in key order.

A row holds the amount that a powiat adds on a day, so a report sums the rows up to its day whatever the indicator's
aggregation over time. For ``sum`` the amount is the value itself. For ``last`` and ``max`` it is the step by which the
unit's state moves on that day; a later or corrected value moves other steps too, so the series of the touched units
are recomputed. ``reported`` and ``missing`` count values and declared gaps (for states: units with and without one);
``stated`` counts the values given for that very day.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Adds the rows of ``difference`` to the rollup, those that change nothing left out.
_APPLY = """
    insert into indicator_rollup (voivodeship, series_no, breakdown_no, effective_on, powiat, sum, reported, missing,
        stated)
    select voivodeship, series_no, breakdown_no, effective_on, powiat, sum(value), sum(reported), sum(missing),
        sum(stated)
    from difference
    group by voivodeship, series_no, breakdown_no, effective_on, powiat
    having sum(value) <> 0 or sum(reported) <> 0 or sum(missing) <> 0 or sum(stated) <> 0
    order by voivodeship, series_no, breakdown_no, effective_on, powiat
    on conflict (voivodeship, series_no, breakdown_no, effective_on, powiat) do update set
        sum = indicator_rollup.sum + excluded.sum,
        reported = indicator_rollup.reported + excluded.reported,
        missing = indicator_rollup.missing + excluded.missing,
        stated = indicator_rollup.stated + excluded.stated
"""
# Adds the staged totals of the new version and subtracts the totals of the version that it replaces.
_SUMS = text(f"""
    with difference as (
        select voivodeship, series_no, breakdown_no, effective_on, powiat, value, reported, missing,
            reported as stated
        from staged_total
        union all
        select voivodeship, series_no, breakdown_no, effective_on, powiat, -coalesce(sum(value), 0),
            -count(value), -(count(*) - count(value)), -count(value)
        from observation
        where submission_no = :replaced and series_no <> all (cast(:accumulated as integer[]))
        group by voivodeship, series_no, breakdown_no, effective_on, powiat
    )
    {_APPLY}
""")
# Creates the list of units and series whose states the return changes: staged rows and those they replace.
_TOUCHED = text("""
    create temporary table touched_series on commit drop as
    select distinct voivodeship, unit_no, series_no, breakdown_no from (
        select voivodeship, unit_no, series_no, breakdown_no from staged_observation
        where series_no = any (cast(:accumulated as integer[]))
        union all
        select voivodeship, unit_no, series_no, breakdown_no from observation
        where submission_no = :replaced and series_no = any (cast(:accumulated as integer[]))
    ) touched
""")
# Returns the steps of the touched states, one row for each unit, series, part and day with a counted fact.
_STEPS = """
    select voivodeship, series_no, breakdown_no, effective_on, powiat,
        coalesce(state, 0) - coalesce(lag(state) over past, 0) as value,
        (state is not null)::int - coalesce((lag(state) over past is not null)::int, 0) as reported,
        (state is null)::int - coalesce(lag((state is null)::int) over past, 0) as missing,
        (stated_value is not null)::int as stated
    from (
        select fact.voivodeship, fact.unit_no, fact.series_no, fact.breakdown_no, fact.effective_on, fact.powiat,
            fact.value as stated_value,
            case version.aggregation when 'last' then fact.value else max(fact.value) over (
                partition by fact.unit_no, fact.series_no, fact.breakdown_no order by fact.effective_on) end as state
        from touched_series
        join observation fact using (voivodeship, unit_no, series_no, breakdown_no)
        join coverage on coverage.unit_no = fact.unit_no and coverage.effective_on = fact.effective_on
            and coverage.submission_no = fact.submission_no
        join (select distinct series_no, aggregation from indicator_version) version using (series_no)
    ) stated
    window past as (partition by unit_no, series_no, breakdown_no order by effective_on)
"""
# Stores the steps as they stand before the facts are written.
_STEPS_BEFORE = text(f"create temporary table steps_before on commit drop as {_STEPS}")
# Adds the steps after the facts were written and subtracts those from before.
_STATES = text(f"""
    with difference as (
        {_STEPS}
        union all
        select voivodeship, series_no, breakdown_no, effective_on, powiat, -value, -reported, -missing, -stated
        from steps_before
    )
    {_APPLY}
""")


async def snapshot_steps(connection: AsyncConnection, accumulated: Sequence[int], replaced: int | None) -> None:
    """Store the steps of ``last`` and ``max`` indicators. Call before the facts are written, with the units locked."""
    if accumulated:
        await connection.execute(_TOUCHED, {"accumulated": list(accumulated), "replaced": replaced})
        await connection.execute(_STEPS_BEFORE)


async def apply_difference(connection: AsyncConnection, accumulated: Sequence[int], replaced: int | None) -> None:
    """Add the difference to the rollup. Call after the facts and their coverage were written.

    ``replaced`` is the key of the submission that the new one replaces.
    """
    await connection.execute(_SUMS, {"accumulated": list(accumulated), "replaced": replaced})
    if accumulated:
        await connection.execute(_STATES)
