"""Results as tables on the console."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from tests.bench.figures import Ratio, Result, Spread


def print_result(console: Console, result: Result) -> None:
    """Figures by contender, ratios, memory and notes of one comparison."""
    table = Table(title=f"{result.key.upper()}: {result.title}", title_justify="left")
    for heading in ("", f"median ({result.unit})", "lowest", "highest"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, values in result.figures.items():
        spread = Spread.of(values)
        table.add_row(name, *(_figure(value) for value in (spread.median, spread.low, spread.high)))
    console.print(table)
    _print_ratios(console, [(result.key, ratio) for ratio in result.ratios])
    if result.peak_mib:
        console.print("peak memory: " + ", ".join(f"{part} {mib:.0f} MiB" for part, mib in result.peak_mib.items()))
    for note in result.notes:
        console.print(note)
    console.print()


def print_summary(console: Console, results: Sequence[Result]) -> None:
    """All ratios once more."""
    _print_ratios(console, [(result.key, ratio) for result in results for ratio in result.ratios])


def _print_ratios(console: Console, ratios: Sequence[tuple[str, Ratio]]) -> None:
    table = Table()
    for heading in ("", "ratio", "median", "range", "target", ""):
        table.add_column(heading, justify="right" if heading in ("median", "range") else "left")
    for key, ratio in ratios:
        spread = ratio.spread
        reach = f"{_figure(spread.low)}-{_figure(spread.high)}"
        table.add_row(key.upper(), ratio.name, _figure(spread.median), reach, ratio.target_text, ratio.verdict)
    console.print(table)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
