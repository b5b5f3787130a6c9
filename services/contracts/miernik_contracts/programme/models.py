"""Tables of what was learnt from calls."""

from sqlalchemy import BigInteger, Column, Date, Identity, Integer, Table, Text, Uuid

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

learnt_page = Table(
    "learnt_page",
    metadata,
    Column("page_no", Integer, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""What was learnt together, up to a position of the source's log. ``position`` is one of our own log."""

programme_node_state = Table(
    "programme_node_state",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("learnt_at", BigInteger, primary_key=True, autoincrement=False),
    Column("page_no", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("name", Text, nullable=False),
    Column("selection_mode", Text),
    Column("version", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""One state of a node as one event told it; ``learnt_at`` is that event's position in calls' log."""
