"""Tables of the territorial register."""

from sqlalchemy import BigInteger, Column, Date, Identity, Index, Integer, LargeBinary, Table, Text

from miernik_indicators.tables import metadata
from miernik_shared.tables import TableKind, table_kind
from miernik_shared.territories.table import territory_table

territory_import = Table(
    "territory_import",
    metadata,
    Column("import_no", Integer, Identity(), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Index("territory_import_as_of", "as_of"),
    info=table_kind(TableKind.FACT),
)

territory_annulment = Table(
    "territory_annulment",
    metadata,
    Column("import_no", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""An import that was made in error; from its annulment on it counts no longer."""

territory_entry = Table(
    "territory_entry",
    metadata,
    Column("import_no", Integer, primary_key=True, autoincrement=False),
    Column("code", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind_name", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Index("territory_entry_code", "code"),
    info=table_kind(TableKind.FACT),
)

territory = territory_table(metadata, TableKind.ROLLUP)
"""Validity of each entry, derived from all imported files that count."""
