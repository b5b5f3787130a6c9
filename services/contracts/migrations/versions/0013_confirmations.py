"""Unlikely values that a client confirmed."""

from alembic import op

from miernik_shared.stored_confirmations import CREATE_TABLE

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE_TABLE)
