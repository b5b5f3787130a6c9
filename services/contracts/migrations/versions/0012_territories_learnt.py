"""Replica of the territorial register."""

from alembic import op

from miernik_shared.territories.table import CREATE_TABLE

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table, filled by the follower of indicators."""
    op.execute(CREATE_TABLE)
    op.execute("grant update, delete on territory to contracts_app")
