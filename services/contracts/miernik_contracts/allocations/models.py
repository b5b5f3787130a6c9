"""Tables of the allocations."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, Numeric, Table, Text, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

allocation = Table(
    "allocation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("node_id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("territory", Text),
    Column("amount_eur", Numeric(18, 2), nullable=False),
    Column("rate_source", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("note", Text),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("amount_eur >= 0", name="allocation_amount"),
    CheckConstraint("rate_source in ('nbp_a', 'ec_monthly', 'programming', 'office')", name="allocation_rate_source"),
    Index("allocation_node", "node_id"),
    info=table_kind(TableKind.VERSION),
)
"""An allocation is one of a node, or a territory's share in it; on a day the last revision effective by then counts."""
