"""Units reported by each collective submission, stored permanently; the table coverage has only current returns."""

from alembic import op

revision = "0007"
down_revision = "0006"

_MINE = """(
    (select current_setting('miernik.region', true) = 'on')
    or {unit_no} = any (array(
        select mine.unit_no from reporting_unit mine
        where mine.id = any (string_to_array(nullif(current_setting('miernik.units', true), ''), ',')::uuid[])
    ))
)"""


def upgrade() -> None:
    """Let a unit read the headers of all submissions that ever reported it, so that past figures are reproducible."""
    mine = _MINE.format(unit_no="submission_unit.unit_no")
    reports_own_unit = f"""exists (
        select from submission_unit
        where submission_unit.submission_no = submission.submission_no and {mine})"""
    op.execute(f"""
        create table submission_unit (
            submission_no integer,
            unit_no integer,
            primary key (submission_no, unit_no)
        );
        insert into submission_unit (submission_no, unit_no)
        select distinct observation.submission_no, observation.unit_no
        from observation join submission using (submission_no)
        where observation.unit_no <> submission.unit_no;
        alter table submission_unit enable row level security;
        create policy reads_own on submission_unit for select using ({mine});
        create policy appends_own on submission_unit for insert with check ({mine});
        drop policy reads_own on submission;
        create policy reads_own on submission for select
            using ({_MINE.format(unit_no="submission.unit_no")} or {reports_own_unit});
    """)
