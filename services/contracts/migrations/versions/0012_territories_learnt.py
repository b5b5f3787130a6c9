"""Replica of the territorial register."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table, filled by the follower of indicators."""
    op.execute("""
        create table territory (
            code text,
            kind text,
            valid_from date,
            valid_to date,
            level text not null,
            name text not null,
            kind_name text not null,
            sort_key text not null,
            primary key (code, kind, valid_from)
        );
        grant update, delete on territory to contracts_app;
    """)
