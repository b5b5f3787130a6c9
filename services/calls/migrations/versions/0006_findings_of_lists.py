"""Findings of lists of applications, rejected lists included."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table. Existing lists, none of them rejected, have only the number of their findings."""
    op.execute("""
        alter table application_import add column outcome text;
        update application_import set outcome = case
            when refused_count > 0 then 'partially_accepted'
            when finding_count > 0 then 'accepted_with_warnings'
            else 'accepted'
        end;
        alter table application_import
            alter column outcome set not null,
            add constraint application_import_outcome check (
                outcome in ('accepted', 'accepted_with_warnings', 'partially_accepted', 'rejected'));
        create table import_finding (
            import_no integer,
            finding_no integer,
            row_no integer,
            column_name text,
            severity text not null,
            code text not null,
            params jsonb not null,
            primary key (import_no, finding_no),
            constraint import_finding_severity check (severity in ('error', 'warning'))
        );
    """)
