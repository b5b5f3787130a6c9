"""Allocations in EUR by node and territory, in revisions."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create an append-only table, so that past figures retain their allocations."""
    op.execute("""
        create table allocation (
            id uuid,
            revision integer,
            node_id uuid not null,
            office text not null,
            territory text,
            amount_eur numeric(18, 2) not null,
            rate_source text not null,
            effective_on date not null,
            note text,
            position bigint not null,
            primary key (id, revision),
            constraint allocation_amount check (amount_eur >= 0),
            constraint allocation_rate_source check (rate_source in ('nbp_a', 'ec_monthly', 'programming', 'office'))
        );
        create index allocation_node on allocation (node_id);
    """)
