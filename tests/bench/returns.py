"""Generated collective returns: rows of unit, indicator, period and value in no order."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from tests.bench.country import INDICATORS, PERIODS

HEADER = "unit;indicator;period;value\n"


@dataclass(frozen=True)
class Return:
    """The bytes of a return and the span of periods that it is for."""

    content: bytes
    period: str
    rows: int


def shuffled_return(units: Sequence[str], rows: int, seed: int = 5) -> Return:
    """The first so many of all cells of as few periods as hold them, shuffled."""
    needed = -(-rows // (len(units) * len(INDICATORS)))
    if needed > len(PERIODS):
        raise ValueError("more rows than cells")
    return return_of(units, PERIODS[:needed], rows, seed)


def return_of(units: Sequence[str], periods: Sequence[str], rows: int | None = None, seed: int = 5) -> Return:
    """All cells of the units and periods (or so many of them), shuffled."""
    cells = (
        pl.DataFrame({"unit": units})
        .join(pl.DataFrame({"indicator": INDICATORS}), how="cross")
        .join(pl.DataFrame({"period": periods}), how="cross")
    )
    cells = cells.sort("period", maintain_order=True).head(rows or cells.height)
    cells = cells.sample(fraction=1, shuffle=True, seed=seed)
    amount = pl.int_range(pl.len()).hash(seed) % 10_000_000
    value = pl.format("{}.{}", amount // 100, (amount % 100).cast(pl.String).str.zfill(2))
    buffer = io.BytesIO()
    cells.with_columns(value.alias("value")).write_csv(buffer, separator=";")
    span = periods[0] if len(periods) == 1 else f"{periods[0]}..{periods[-1]}"
    return Return(buffer.getvalue(), span, cells.height)
