"""Tables of the organisations."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, UniqueConstraint, Uuid

from miernik_calls.tables import metadata
from miernik_shared.tables import TableKind, table_kind

organisation = Table(
    "organisation",
    metadata,
    Column("organisation_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="organisation_id_is_unique"),
    info=table_kind(TableKind.FACT),
)

organisation_version = Table(
    "organisation_version",
    metadata,
    Column("organisation_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Column("search_key", Text, nullable=False),
    Column("nip", Text),
    Column("regon", Text),
    Column("krs", Text),
    Column("territory", Text),
    Column("kind", Text),
    Column("position", BigInteger, nullable=False),
    # Not unique: former versions keep their numbers. Writers of one number wait for each other and look.
    Index("organisation_version_regon", "regon"),
    Index("organisation_version_nip", "nip"),
    info=table_kind(TableKind.VERSION),
)
