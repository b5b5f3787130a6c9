"""Annulment of an application's record, or of a whole list, that was made in error."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Free the number of an annulled record, which retains a copy of those of other systems for display.

    ``restored_version`` marks a version that undoes an annulled list: its state is that of an earlier version.
    """
    op.execute("""
        alter table application
            add column annulled boolean not null default false,
            add column freed_ids jsonb not null default '[]',
            drop constraint application_number_is_unique;
        create unique index application_number_is_unique on application (office, number_key, double_no)
            where not annulled;
        alter table application_version
            add column annulled boolean not null default false,
            add column restored_version integer,
            add column reason text;
        create index application_version_annulled on application_version (application_no) where annulled;
        create index application_version_import_no on application_version (import_no);
        create table application_import_annulment (
            import_no integer primary key,
            reason text not null,
            annulled_count integer not null,
            restored_count integer not null,
            sender text not null,
            annulled_at timestamptz not null,
            position bigint not null
        );
    """)
