"""The columns that a reader expects of a table, whatever the format of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

RowsByColumn = Mapping[str, Sequence[int]]
"""By column the numbers of rows of which something is true there."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """Names of columns in the order of their precedence, those that must be there, and other spellings of them.

    ``aliases`` lead from a spelling in small letters without diacritics to a column.
    """

    columns: tuple[str, ...]
    required: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])

    def params(self, separator: str) -> dict[str, str]:
        """What the messages about columns name."""
        required = [name for name in self.columns if name in self.required]
        return {"columns": separator.join(self.columns), "required": ", ".join(required)}


def number_rows(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """The table with the column ``row_no``, counted from ``first``."""
    return frame.with_row_index("row_no", first).with_columns(pl.col("row_no").cast(pl.Int32))
