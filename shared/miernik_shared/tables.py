"""The four kinds of table. Every table declares its kind, and a test compares the database grants with it."""

from enum import StrEnum
from typing import Any


class TableKind(StrEnum):
    """Kind of a table by the changes that its rows may undergo."""

    FACT = "fact"
    """Append-only."""
    VERSION = "version"
    """Append-only; a later row supersedes an earlier one."""
    ROLLUP = "rollup"
    """Sums of facts, updated in the transaction that writes the facts; can be rebuilt from them."""
    WORKING = "working"
    """Rows may be updated or deleted: draft, cursor, key, lock row, projection of another service's feed."""


def table_kind(value: TableKind) -> dict[str, Any]:
    """Argument ``info`` of a :class:`sqlalchemy.Table` that declares its kind."""
    return {"kind": value}
