"""The projection of the reporting units."""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Text, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

reporting_unit = Table(
    "reporting_unit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("active_from", Date, nullable=False),
    Column("active_to", Date),
    Column("version", Integer, nullable=False),
    Column("learnt_at", BigInteger, nullable=False),
    Index("reporting_unit_territory", "territory"),
    info=table_kind(TableKind.WORKING),
)
"""``learnt_at`` is the position of indicators' log from which a row comes."""
