"""Units that owe the returns of a form and period, lists of them kept by an officer, and counts of who gave them."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create lists and counts. Existing forms are owed by all units of their kind, as was assumed so far."""
    op.execute("""
        alter table form_version add column owed_by text not null default 'all_units';
        alter table form_version add constraint form_version_owed_by check (owed_by in ('all_units', 'list'));
        create table owing_list (
            form_no integer,
            period text,
            version integer,
            position bigint not null,
            primary key (form_no, period, version)
        );
        create table owing_list_unit (
            form_no integer,
            period text,
            version integer,
            unit_no integer,
            primary key (form_no, period, version, unit_no)
        );
        create table owing_rollup (
            form_no integer,
            effective_on date,
            voivodeship smallint,
            powiat smallint,
            number bigint not null,
            primary key (form_no, effective_on, voivodeship, powiat)
        );
        create table return_rollup (
            form_no integer,
            voivodeship smallint,
            effective_on date,
            newest_on date,
            powiat smallint,
            number bigint not null,
            primary key (form_no, voivodeship, effective_on, newest_on, powiat)
        );
        grant update, delete on owing_rollup, return_rollup to indicators_app;
    """)
    _date_submission_units()
    _mark_coverage()
    _fill_counts()


def _date_submission_units() -> None:
    """Store the periods of each submission beside its units, those of the sender included.

    What a unit had sent by a past position is then read without its observations.
    """
    op.execute("""
        alter table submission_unit drop constraint submission_unit_pkey;
        alter table submission_unit add column effective_on date;
        delete from submission_unit;
        insert into submission_unit (submission_no, unit_no, effective_on)
        select distinct submission_no, unit_no, effective_on from observation;
        alter table submission_unit alter column effective_on set not null;
        alter table submission_unit add primary key (submission_no, unit_no, effective_on);
        create index submission_unit_unit on submission_unit (unit_no, effective_on);
    """)


def _mark_coverage() -> None:
    op.execute("""
        alter table coverage add column owed boolean not null default true;
        update coverage set owed = false
        where not exists (
            select from form_version, reporting_unit unit, lateral (
                select active_from, active_to from reporting_unit_version
                where unit_no = unit.unit_no order by version desc limit 1
            ) state, lateral (
                select starts_on, ends_on from form_period
                where form_no = coverage.form_no and ends_on = coverage.effective_on order by version desc limit 1
            ) period
            where form_version.form_no = coverage.form_no and unit.unit_no = coverage.unit_no
                and unit.kind = form_version.unit_kind
                and state.active_from <= period.ends_on
                and (state.active_to is null or state.active_to >= period.starts_on));
        create index coverage_not_owed on coverage (form_no, effective_on) where not owed;
    """)


def _fill_counts() -> None:
    op.execute("""
        insert into owing_rollup (form_no, effective_on, voivodeship, powiat, number)
        select form_no, ends_on, voivodeship, powiat, count(*)
        from (select distinct form_no, unit_kind from form_version) form
        join (select distinct form_no, starts_on, ends_on from form_period) period using (form_no)
        join reporting_unit unit on unit.kind = form.unit_kind
        join lateral (
            select active_from, active_to from reporting_unit_version
            where unit_no = unit.unit_no order by version desc limit 1
        ) state on state.active_from <= ends_on and (state.active_to is null or state.active_to >= starts_on)
        group by form_no, ends_on, voivodeship, powiat;

        insert into return_rollup (form_no, voivodeship, effective_on, newest_on, powiat, number)
        select form_no, voivodeship, step.effective_on, newest_on, powiat, sum(step.number)
        from (
            select form_no, unit_no, effective_on,
                lag(effective_on) over (partition by form_no, unit_no order by effective_on) as former_on
            from coverage
        ) covered
        join reporting_unit using (unit_no)
        cross join lateral (values
            (covered.effective_on, covered.effective_on, 1), (covered.effective_on, covered.former_on, -1)
        ) step (effective_on, newest_on, number)
        where newest_on is not null
        group by form_no, voivodeship, step.effective_on, newest_on, powiat
        having sum(step.number) <> 0;
    """)
