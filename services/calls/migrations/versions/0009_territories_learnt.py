"""Replica of the territorial register."""

from alembic import op

from miernik_shared.territories.table import CREATE_TABLE

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table, filled by the follower of indicators."""
    op.execute(CREATE_TABLE)
    op.execute("grant update, delete on territory to calls_app")
