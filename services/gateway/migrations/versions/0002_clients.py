"""Clients of the API and the hashes of their keys."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Clients of the API and their keys. A client keeps its id for ever; its keys are replaced."""
    op.execute("""
        create table client (
            id uuid primary key,
            name text not null,
            scopes text[] not null,
            region boolean not null,
            units uuid[] not null,
            active boolean not null default true,
            created_at timestamptz not null default now(),
            constraint client_sees_region_or_units check (not (region and cardinality(units) > 0))
        );
        create table api_key (
            id uuid primary key,
            client_id uuid not null,
            secret_sha256 bytea not null,
            created_at timestamptz not null default now(),
            expires_at timestamptz,
            revoked_at timestamptz,
            constraint api_key_client foreign key (client_id) references client (id),
            constraint api_key_secret_is_unique unique (secret_sha256)
        );
        create index api_key_client_id on api_key (client_id);
        grant update on client, api_key to gateway_app;
    """)
