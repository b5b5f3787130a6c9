"""Tables of the reporting units."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from miernik_indicators.tables import metadata
from miernik_shared.tables import TableKind, table_kind

reporting_unit = Table(
    "reporting_unit",
    metadata,
    Column("unit_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("voivodeship", SmallInteger, nullable=False),
    Column("powiat", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="reporting_unit_id_is_unique"),
    UniqueConstraint("code", name="reporting_unit_code_is_unique"),
    Index("reporting_unit_territory", "territory"),
    info=table_kind(TableKind.FACT),
)

reporting_unit_version = Table(
    "reporting_unit_version",
    metadata,
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Column("nip", Text),
    Column("regon", Text),
    Column("active_from", Date, nullable=False),
    Column("active_to", Date),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.VERSION),
)
