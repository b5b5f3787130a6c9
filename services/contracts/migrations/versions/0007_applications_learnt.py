"""Replica of the applications of calls."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create an append-only table: a past moment shows the recommended applications as known then."""
    op.execute("""
        create table application_state (
            id uuid,
            learnt_at bigint,
            page_no integer,
            office text not null,
            number text not null,
            node_id uuid,
            accepted_on date,
            accepted_value_pln numeric(18, 2),
            withdrawn_on date,
            rejected_on date,
            version integer not null,
            primary key (id, learnt_at, page_no),
            constraint application_state_accepted check ((accepted_on is null) = (accepted_value_pln is null))
        );
        create index application_state_office on application_state (office, id);
    """)
