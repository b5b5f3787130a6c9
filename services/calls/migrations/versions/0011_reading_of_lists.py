"""Account of how a list of applications was read."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column, null for existing lists: what was passed over in them, nothing at all, was not recorded."""
    op.execute("alter table application_import add column reading jsonb")
