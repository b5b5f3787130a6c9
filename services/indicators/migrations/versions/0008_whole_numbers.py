"""Indicators of whole numbers, declared by a version of the definition."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the declaration, false for former versions: the unit of measure is free text and not interpreted."""
    op.execute("alter table indicator_version add column whole_numbers boolean not null default false")
