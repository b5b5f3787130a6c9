"""The projection of indicators' reporting units."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create a table that only the follower fills; it can be emptied and rebuilt from the first event."""
    op.execute("""
        create table reporting_unit (
            id uuid primary key,
            code text not null,
            kind text not null,
            name text not null,
            territory text not null,
            active_from date not null,
            active_to date,
            version integer not null,
            learnt_at bigint not null
        );
        create index reporting_unit_territory on reporting_unit (territory);
        grant update, delete on reporting_unit to contracts_app;
    """)
