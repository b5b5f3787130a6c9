"""Column that declares, per version of a definition, that an indicator has whole numbers only."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column, false for existing versions: their unit of measure is free text and says nothing reliable."""
    op.execute("alter table indicator_version add column whole_numbers boolean not null default false")
