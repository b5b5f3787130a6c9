"""Tables of clients and API keys."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from miernik_gateway.tables import metadata
from miernik_shared.tables import TableKind, table_kind

client = Table(
    "client",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("region", Boolean, nullable=False),
    Column("units", ARRAY(Uuid), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("not (region and cardinality(units) > 0)", name="client_sees_region_or_units"),
    info=table_kind(TableKind.WORKING),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("client_id", Uuid, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["client_id"], ["client.id"], name="api_key_client"),
    UniqueConstraint("secret_sha256", name="api_key_secret_is_unique"),
    Index("api_key_client_id", "client_id"),
    info=table_kind(TableKind.WORKING),
)
