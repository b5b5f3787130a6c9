"""Tables of the programme tree. ``node_no`` is the surrogate key under which figures are stored and summed."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_calls.tables import metadata
from miernik_shared.tables import TableKind, table_kind

programme_node = Table(
    "programme_node",
    metadata,
    Column("node_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("parent_no", Integer),
    Column("level", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="programme_node_id_is_unique"),
    UniqueConstraint("office", "code", name="programme_node_code_is_unique"),
    CheckConstraint("office ~ '^[0-9]{2}$'", name="programme_node_office"),
    CheckConstraint("level in ('programme', 'priority', 'measure', 'sub_measure')", name="programme_node_level"),
    CheckConstraint("parent_no is null or level <> 'programme'", name="programme_node_parent"),
    Index("programme_node_parent_no", "parent_no"),
    info=table_kind(TableKind.FACT),
)

programme_node_version = Table(
    "programme_node_version",
    metadata,
    Column("node_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("selection_mode", Text),
    Column("source_notes", JSONB, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("selection_mode in ('systemic', 'competitive')", name="programme_node_version_selection_mode"),
    info=table_kind(TableKind.VERSION),
)
