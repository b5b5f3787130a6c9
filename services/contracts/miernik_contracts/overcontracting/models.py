"""Tables of the over-contracting decisions."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

overcontracting_decision = Table(
    "overcontracting_decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("node_id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("limit_percent", Numeric(7, 2), nullable=False),
    Column("number", Text, nullable=False),
    Column("number_key", Text, nullable=False),
    # 0 but for doubles, which were stored before spellings of one number were recognised.
    Column("double_no", Integer, nullable=False, server_default=text("0")),
    Column("decided_on", Date, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("node_id", "number_key", "double_no", name="overcontracting_decision_number_is_unique"),
    CheckConstraint("limit_percent >= 100", name="overcontracting_decision_limit"),
    CheckConstraint("valid_from <= valid_to", name="overcontracting_decision_validity"),
    Index("overcontracting_decision_node", "node_id", "position"),
    info=table_kind(TableKind.FACT),
)
"""A decision applies to its node alone. Of several valid on one day the last recorded one is in force."""
