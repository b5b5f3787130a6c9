"""Position of the log at which a list of applications was resolved."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """It is not known of former lists: with 0 the latest one is looked at when it comes again."""
    op.execute("""
        alter table application_import add column read_position bigint not null default 0;
        alter table application_import alter column read_position drop default;
    """)
