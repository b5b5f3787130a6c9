"""Table of the balances."""

from sqlalchemy import CheckConstraint, Column, Numeric, Table, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

balance = Table(
    "balance",
    metadata,
    Column("node_id", Uuid, primary_key=True),
    Column("used_pln", Numeric(24, 2), nullable=False),
    Column("limit_pln", Numeric(24, 2)),
    CheckConstraint("used_pln >= 0", name="balance_is_not_negative"),
    CheckConstraint("limit_pln is null or used_pln <= limit_pln", name="balance_within_limit"),
    info=table_kind(TableKind.WORKING),
)
"""Commitments under a node once everything recorded has taken effect; the limit is that of the last day of a rise."""
