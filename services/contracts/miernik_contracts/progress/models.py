"""The rollup of financial progress."""

from sqlalchemy import CheckConstraint, Column, Date, Integer, Numeric, Table, Text, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

contracting_rollup = Table(
    "contracting_rollup",
    metadata,
    Column("office", Text, primary_key=True),
    Column("node_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("effective_on", Date, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("value_pln", Numeric(24, 2), nullable=False),
    CheckConstraint("kind in ('grant', 'framework', 'accepted', 'recommended')", name="contracting_rollup_kind"),
    info=table_kind(TableKind.ROLLUP),
)
"""Steps: a report sums the rows up to its day. Steps without a node have the id of zeros."""
