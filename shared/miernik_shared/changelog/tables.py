"""Tables of the change log and of the followers, the same in every service's schema."""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_shared.tables import TableKind, table_kind


@dataclass(frozen=True, slots=True)
class ChangeLogTables:
    """Tables of the single ``head`` row, of the changes, and of the cursors of the feeds that the service follows."""

    head: Table
    change: Table
    cursor: Table


def change_log_tables(metadata: MetaData) -> ChangeLogTables:
    """Declare the three tables in the metadata of a service."""
    return ChangeLogTables(_head(metadata), _change(metadata), _cursor(metadata))


def _head(metadata: MetaData) -> Table:
    return Table(
        "head",
        metadata,
        Column("single_row", Boolean, primary_key=True, server_default=text("true")),
        Column("position", BigInteger, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("hash", LargeBinary, nullable=False),
        CheckConstraint("single_row", name="head_is_one_row"),
        info=table_kind(TableKind.WORKING),
    )


def _change(metadata: MetaData) -> Table:
    return Table(
        "change",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor", Text, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("event", JSONB, nullable=False),
        Column("before", JSONB(none_as_null=True)),
        Column("after", JSONB(none_as_null=True)),
        Column("hash", LargeBinary, nullable=False),
        Index("change_at", "at"),
        Index("change_subject", "subject", "position"),
        info=table_kind(TableKind.FACT),
    )


def _cursor(metadata: MetaData) -> Table:
    return Table(
        "follower_cursor",
        metadata,
        Column("projection", Text, primary_key=True),
        Column("source", Text, primary_key=True),
        Column("position", BigInteger, nullable=False),
        Column("failed_position", BigInteger),
        Column("failure", Text),
        info=table_kind(TableKind.WORKING),
    )
