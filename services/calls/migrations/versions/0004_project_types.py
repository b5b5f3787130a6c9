"""The type of project that a call asks for, beside its theme."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Former versions said it in the theme, if at all; what they meant is not guessed."""
    op.execute("alter table call_version add column project_type text")
