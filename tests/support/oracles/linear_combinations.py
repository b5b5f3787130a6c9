"""Linear combinations of figures: whether any of them is made of the values of one unit alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Set

Value = tuple[int, Hashable]
"""Unknown value of a unit, with what tells it from the unit's other values."""
Sum = frozenset[Value]
"""Figure: the values that it adds up."""
_PRIME = 2**61 - 1


def find_revealed_units(figures: Iterable[Sum]) -> Iterator[int]:
    """Yield the units of which some combination of the figures contains values, and of no other unit.

    The combinations of a space that lie in a unit's own coordinates are as many as its dimension falls by when these
    are left out.
    """
    shown = set(figures)
    whole = _rank(shown)
    for unit in {unit for figure in shown for unit, _ in figure}:
        others = [frozenset(value for value in figure if value[0] != unit) for figure in shown]
        if _rank(others) < whole:
            yield unit


def _rank(figures: Iterable[Set[Value]]) -> int:
    """Rank of the figures by Gaussian elimination, modulo a prime too large to meet a minor of such sums."""
    reduced: dict[Value, dict[Value, int]] = {}
    for figure in figures:
        row = dict.fromkeys(figure, 1)
        while row:
            pivot = min(row, key=repr)
            if pivot not in reduced:
                inverse = pow(row[pivot], -1, _PRIME)
                reduced[pivot] = {value: number * inverse % _PRIME for value, number in row.items()}
                break
            factor = row[pivot]
            for value, number in reduced[pivot].items():
                left = (row.get(value, 0) - factor * number) % _PRIME
                if left:
                    row[value] = left
                else:
                    row.pop(value, None)
    return len(reduced)
