"""Tables of the calls for proposals."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from miernik_calls.tables import metadata
from miernik_shared.tables import TableKind, table_kind

call = Table(
    "call",
    metadata,
    Column("call_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="call_id_is_unique"),
    CheckConstraint("office ~ '^[0-9]{2}$'", name="call_office"),
    Index("call_of_office", "office"),
    info=table_kind(TableKind.FACT),
)

call_version = Table(
    "call_version",
    metadata,
    Column("call_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    # With the version and not the identity: a call may be announced before it is decided where it belongs.
    Column("node_no", Integer),
    Column("number", Text),
    Column("number_key", Text),
    Column("title", Text, nullable=False),
    Column("theme", Text),
    Column("project_type", Text),
    Column("kind", Text, nullable=False),
    Column("announced_on", Date),
    Column("closes_on", Date),
    Column("budget_pln", Numeric(18, 2)),
    Column("planned_signing_from", Date),
    Column("planned_signing_to", Date),
    Column("applications_complete", Boolean, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("kind in ('closed', 'open', 'systemic')", name="call_version_kind"),
    CheckConstraint("budget_pln >= 0", name="call_version_budget"),
    Index("call_version_number_key", "number_key"),
    Index("call_version_node_no", "node_no"),
    info=table_kind(TableKind.VERSION),
)

call_number = Table(
    "call_number",
    metadata,
    Column("office", Text, primary_key=True),
    Column("number_key", Text, primary_key=True),
    Column("call_no", Integer, nullable=False),
    info=table_kind(TableKind.WORKING),
)
"""The call that holds a number now, in any spelling: a unique index on versions would count former numbers, too."""
