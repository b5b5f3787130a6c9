"""The last position of every family of data in the feeds of the services."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A projection: it may be emptied and is then filled again from the feeds."""
    op.execute("""
        create table topic_position (
            service text,
            family text,
            position bigint not null,
            primary key (service, family)
        );
        grant update, delete on topic_position to gateway_app;
    """)
