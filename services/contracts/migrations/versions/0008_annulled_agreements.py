"""Annulment of an agreement's record that was made in error."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Free the numbers of an annulled record, which retains a copy of those of other systems for display.

    The partial index makes it cheap to leave the few annulled ones out of a fold of all versions.
    """
    op.execute("""
        alter table agreement
            add column annulled boolean not null default false,
            add column freed_ids jsonb not null default '[]',
            drop constraint agreement_number_is_unique;
        create unique index agreement_number_is_unique on agreement (office, number) where not annulled;
        alter table agreement_version
            drop constraint agreement_version_action,
            add constraint agreement_version_action
                check (action in ('signed', 'corrected', 'amended', 'terminated', 'annulled'));
        create index agreement_version_annulled on agreement_version (agreement_no) where action = 'annulled';
    """)
