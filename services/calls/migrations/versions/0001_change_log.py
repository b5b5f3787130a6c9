"""The change log, followers' cursors, idempotency keys and external identifiers."""

from alembic import op

from miernik_shared.migrations import create_change_log

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables that every service has."""
    create_change_log(op)
