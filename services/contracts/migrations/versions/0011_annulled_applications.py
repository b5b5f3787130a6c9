"""Replica of the annulment of applications."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column, false for replicated states: calls could not annul an application before."""
    op.execute("""
        alter table application_state add column annulled boolean not null default false;
        create index application_state_annulled on application_state (id) where annulled;
    """)
