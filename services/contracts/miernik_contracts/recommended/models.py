"""Table of the applications as learnt from calls."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, Integer, Numeric, Table, Text, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

application_state = Table(
    "application_state",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("learnt_at", BigInteger, primary_key=True, autoincrement=False),
    Column("page_no", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("node_id", Uuid),
    Column("accepted_on", Date),
    Column("accepted_value_pln", Numeric(18, 2)),
    Column("withdrawn_on", Date),
    Column("rejected_on", Date),
    Column("version", Integer, nullable=False),
    CheckConstraint("(accepted_on is null) = (accepted_value_pln is null)", name="application_state_accepted"),
    Index("application_state_office", "office", "id"),
    info=table_kind(TableKind.FACT),
)
"""One state of an application as one event told it; ``learnt_at`` is that event's position in calls' log."""
