"""Table of the topic positions."""

from sqlalchemy import BigInteger, Column, Table, Text

from miernik_gateway.tables import metadata
from miernik_shared.tables import TableKind, table_kind

topic_position = Table(
    "topic_position",
    metadata,
    Column("service", Text, primary_key=True),
    Column("family", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.WORKING),
)
