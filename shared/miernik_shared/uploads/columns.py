"""Expected columns of an uploaded table, independent of the format of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

RowsByColumn = Mapping[str, Sequence[int]]
"""Row numbers by column name."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """Allowed columns in the order in which messages list them, required ones, and alternative spellings.

    ``aliases`` map a spelling in lower case without diacritics to a column. ``texts`` are columns of free text.
    ``known`` are identifiers of rows that are data whatever they look like. ``most_rows`` is the maximum number of data
    rows, enforced by the endpoint; a parser that works row by row stops beyond it.
    """

    columns: tuple[str, ...]
    required: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    texts: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    most_rows: int = 2_000_000

    @property
    def identifier(self) -> str:
        """Column that names the row: the first required one."""
        return next(name for name in self.columns if name in self.required)

    def params(self, separator: str) -> dict[str, str]:
        """Parameters of the messages about columns: lists of the allowed and of the required ones."""
        required = [name for name in self.columns if name in self.required]
        return {"columns": separator.join(self.columns), "required": ", ".join(required)}


def number_rows(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """Add the column ``row_no`` (Int32), counted from ``first``."""
    return frame.with_row_index("row_no", first).with_columns(pl.col("row_no").cast(pl.Int32))
