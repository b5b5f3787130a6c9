"""Indicators that count: a version of a definition may say that values are whole numbers."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Former versions did not say it. The unit of measure is a free text, from which it is not guessed."""
    op.execute("alter table indicator_version add column whole_numbers boolean not null default false")
