"""Project type of a call, in a column of its own."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column, null for existing versions: the type cannot be derived from their theme."""
    op.execute("alter table call_version add column project_type text")
