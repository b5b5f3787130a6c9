"""SQL of the units that owe returns: the set for a day and a moment of knowledge, and the counts kept of it.

A unit owes a form's return for a period if it has the form's kind, was active on a day of the period and, where the
form is owed by a list, stands in the officer's list of that period. The tables of forms and units are named here
without their features, which keep the counts up to date and so stand above this one.
"""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.advisory_locks import lock_key

CALENDAR = """
    select form_no, period, starts_on, ends_on as effective_on, unit_kind, owed_by, listed.version as list_version,
        owed_by = 'all_units' or listed.version is not null as known
    from (
        select distinct on (form_no) form_no, unit_kind, owed_by
        from form_version where position <= :position order by form_no, version desc
    ) form
    join (
        select distinct on (form_no, period) form_no, period, starts_on, ends_on
        from form_period where position <= :position order by form_no, period, version desc
    ) form_period using (form_no)
    left join (
        select form_no, period, max(version) as version
        from owing_list where position <= :position group by form_no, period
    ) listed using (form_no, period)
"""
"""Opened periods of the forms as known at a position. It is not ``known`` who owes one without its list."""

OWING_UNITS = """
    select calendar.form_no, calendar.effective_on, unit.unit_no, unit.voivodeship, unit.powiat
    from calendar
    join reporting_unit unit on unit.kind = calendar.unit_kind
    cross join lateral (
        select active_from, active_to from reporting_unit_version version
        where version.unit_no = unit.unit_no and version.position <= :position order by version.version desc limit 1
    ) state
    where state.active_from <= least(calendar.effective_on, :as_of)
        and (state.active_to is null or state.active_to >= calendar.starts_on)
        and (calendar.owed_by = 'all_units' or exists (
            select from owing_list_unit listed
            where (listed.form_no, listed.period, listed.version)
                = (calendar.form_no, calendar.period, calendar.list_version) and listed.unit_no = unit.unit_no))
"""
"""Units that owe each period of ``calendar`` on a day, as known at a position. A period that has not ended by then is
owed by the units active so far."""

# Returns the units that owe a form's return for one period.
_FIND = text(f"""
    with calendar as (select * from ({CALENDAR}) opened where form_no = :form_no and period = :period)
    select unit_no from ({OWING_UNITS}) owing order by unit_no
""")
NOW = {"position": 2**62, "as_of": date.max}
"""Parameters of the statements for the present: all that is recorded, on any day."""
_OF_FORM = "form_no = :form_no"
# A unit's activity concerns the forms that ask units of its kind.
_OF_UNIT = """form_no in (
    select form_version.form_no from form_version join reporting_unit unit on unit.kind = form_version.unit_kind
    where unit.unit_no = :unit_no)"""
# Deletes the counts of a form.
_DELETE_OF_FORM = text(f"delete from owing_rollup where {_OF_FORM}")
# Deletes the counts of a unit's powiat in the forms that ask units of its kind.
_DELETE_OF_UNIT = text(f"""
    delete from owing_rollup
    where {_OF_UNIT} and (voivodeship, powiat) = (
        select voivodeship, powiat from reporting_unit where unit_no = :unit_no)
""")
_COUNT = """
    with calendar as (select * from ({calendar}) opened where {of_forms})
    insert into owing_rollup (form_no, effective_on, voivodeship, powiat, number)
    select form_no, effective_on, voivodeship, powiat, count(*)
    from ({owing}) owing {of_powiat}
    group by form_no, effective_on, voivodeship, powiat
"""
# Counts the units that owe a form's returns.
_COUNT_OF_FORM = text(_COUNT.format(calendar=CALENDAR, owing=OWING_UNITS, of_forms=_OF_FORM, of_powiat=""))
# Counts the units of a unit's powiat that owe the returns of its forms.
_COUNT_OF_UNIT = text(
    _COUNT.format(
        calendar=CALENDAR,
        owing=OWING_UNITS,
        of_forms=_OF_UNIT,
        of_powiat="""where (voivodeship, powiat) = (
            select voivodeship, powiat from reporting_unit where unit_no = :unit_no)""",
    )
)
# Grouped and not joined: the planner expects one owing unit where there are thousands, and would compare them all.
_MARK = """
    with calendar as (select * from ({calendar}) opened where {of_forms}),
    marked as (
        select form_no, unit_no, effective_on, bool_or(owes) as owed
        from (
            select form_no, unit_no, effective_on, false as owes, true as covered from coverage where {of_rows}
            union all
            select form_no, unit_no, effective_on, true, false from ({owing}) owing where {of_rows}
        ) both_sides
        group by form_no, unit_no, effective_on
        having bool_or(covered)
    )
    update coverage set owed = marked.owed
    from marked
    where (coverage.form_no, coverage.unit_no, coverage.effective_on)
        = (marked.form_no, marked.unit_no, marked.effective_on) and coverage.owed <> marked.owed
"""
# Marks the covered units and periods of a form that are owed.
_MARK_OF_FORM = text(_MARK.format(calendar=CALENDAR, owing=OWING_UNITS, of_forms=_OF_FORM, of_rows=_OF_FORM))
# Marks the covered periods of a unit that are owed.
_MARK_OF_UNIT = text(
    _MARK.format(calendar=CALENDAR, owing=OWING_UNITS, of_forms=_OF_UNIT, of_rows="unit_no = :unit_no")
)
# Lifts row-level security until the transaction ends: who owes a return concerns the returns of all units.
_WHOLE_REGION = text("select set_config('miernik.region', 'on', true)")


async def find_owing_units(
    connection: AsyncConnection, form_no: int, period: str, as_of: date, position: int
) -> list[int]:
    """Keys of the units that owe a form's return for a period, on a day and as known at a position."""
    parameters = {"form_no": form_no, "period": period, "as_of": as_of, "position": position}
    return list((await connection.execute(_FIND, parameters)).scalars())


async def lock_owing_units(connection: AsyncConnection) -> None:
    """Wait for the returns under way and hold off others, which read who owes them. Call before ``record``."""
    await lock_key(connection, "owing_units", "")


async def recount_form(connection: AsyncConnection, form_no: int) -> None:
    """Count the units that owe a form's returns anew. Call after the change of the form, a period or a list."""
    parameters = {"form_no": form_no} | NOW
    await connection.execute(_WHOLE_REGION)
    await connection.execute(_DELETE_OF_FORM, {"form_no": form_no})
    await connection.execute(_COUNT_OF_FORM, parameters)
    await connection.execute(_MARK_OF_FORM, parameters)


async def recount_unit(connection: AsyncConnection, unit_no: int) -> None:
    """Count the units of a unit's powiat anew. Call after a unit was registered or its active days changed."""
    parameters = {"unit_no": unit_no} | NOW
    await connection.execute(_WHOLE_REGION)
    await connection.execute(_DELETE_OF_UNIT, {"unit_no": unit_no})
    await connection.execute(_COUNT_OF_UNIT, parameters)
    await connection.execute(_MARK_OF_UNIT, parameters)
