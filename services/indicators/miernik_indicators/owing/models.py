"""Tables of the owing units: lists kept by an officer, and the counts that reports read."""

from sqlalchemy import BigInteger, Column, Date, Integer, SmallInteger, Table, Text

from miernik_indicators.tables import metadata
from miernik_shared.tables import TableKind, table_kind

owing_list = Table(
    "owing_list",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("period", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.VERSION),
)

owing_list_unit = Table(
    "owing_list_unit",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("period", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    info=table_kind(TableKind.VERSION),
)
"""Units of a version of a list."""

owing_rollup = Table(
    "owing_rollup",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Column("voivodeship", SmallInteger, primary_key=True, autoincrement=False),
    Column("powiat", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    info=table_kind(TableKind.ROLLUP),
)
"""Number of units that owe a form's return for the period that ends on a day."""
