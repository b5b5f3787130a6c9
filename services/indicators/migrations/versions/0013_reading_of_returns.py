"""Account of how a return was read."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column, null for existing returns: what was passed over in them, nothing at all, was not recorded."""
    op.execute("alter table submission add column reading jsonb")
