"""Position of the log at which a list of applications was resolved."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, 0 for existing lists: the latest of them is validated anew when it is sent again."""
    op.execute("""
        alter table application_import add column read_position bigint not null default 0;
        alter table application_import alter column read_position drop default;
    """)
