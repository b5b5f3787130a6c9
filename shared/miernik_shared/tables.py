"""The four kinds of table. Every table says which one it is, and a house test holds the database grants to it."""

from enum import StrEnum
from typing import Any


class TableKind(StrEnum):
    """What may happen to the rows of a table after they were written."""

    FACT = "fact"
    """Appended only."""
    VERSION = "version"
    """Appended only; a later row with a later validity takes over."""
    ROLLUP = "rollup"
    """Sums of facts, updated in the transaction that writes the facts; can be rebuilt from them."""
    WORKING = "working"
    """May be updated or deleted: draft, cursor, key, lock row, projection of another service's feed."""


def table_kind(value: TableKind) -> dict[str, Any]:
    """The ``info`` argument that marks a :class:`sqlalchemy.Table`."""
    return {"kind": value}
