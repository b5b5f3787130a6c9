"""Blocks of values that disclosure control keeps together: each has values of two other units at least, or of none.

A figure that is made of whole blocks reveals nobody, and neither does any combination of such figures. The blocks of a
voivodeship are made period by period, so that a later return never changes what was decided for earlier days. ADR 28
explains the rule; ``tests/unit/test_disclosure.py`` recomputes it by linear algebra.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

ALL_PARTS = -1
"""Key of all parts of a whole together, beside those of the single parts."""


class Amount(NamedTuple):
    """Whole (part 0), a part, or all parts together; with ``is_rest`` the whole less these."""

    part: int
    is_rest: bool = False


WHOLE = Amount(0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """Other units that changed an amount in a powiat with one period: their number, least and greatest key."""

    amount: Amount
    voivodeship: int
    powiat: int
    effective_on: date
    units: int
    least: int
    greatest: int


class _UnitRange(NamedTuple):
    """Least and greatest key of some units."""

    least: int
    greatest: int

    def size(self) -> int:
        """1 for one unit, 2 for more."""
        return 1 if self.least == self.greatest else 2


@dataclass(slots=True)
class _Cell:
    """Other units behind each amount of a powiat since the last day on which the voivodeship's figure was shown."""

    units: int = 0
    ranges: dict[Amount, _UnitRange] = field(default_factory=dict[Amount, _UnitRange])

    def size(self, amount: Amount) -> int:
        """Number of units behind the amount: 0, 1, or 2 for more."""
        return self.ranges[amount].size() if amount in self.ranges else 0

    def add(self, amount: Amount, least: int, greatest: int) -> None:
        """Add units to the amount."""
        former = self.ranges.get(amount, _UnitRange(least, greatest))
        self.ranges[amount] = _UnitRange(min(former.least, least), max(former.greatest, greatest))


def _merge(cells: Iterable[_Cell]) -> _Cell:
    merged = _Cell()
    for cell in cells:
        merged.units += cell.units
        for amount, units in cell.ranges.items():
            merged.add(amount, *units)
    return merged


@dataclass(slots=True)
class VoivodeshipBlocks:
    """Blocks of an indicator in one voivodeship."""

    withheld: set[int] = field(default_factory=set[int])
    """Powiaty withheld from the day of a period on, since a value of one unit is in a block with those of others."""
    parts_withheld: set[int] = field(default_factory=set[int])
    """Further powiaty of which the parts alone are withheld."""
    open_cells: dict[int, _Cell] = field(default_factory=dict[int, _Cell])
    """Values of one unit that wait for those of another one. Until then the voivodeship is withheld."""
    _pending: set[int] = field(default_factory=set[int])
    """Parts of the voivodeship that would reveal one unit."""

    @property
    def withholds_parts(self) -> bool:
        """Whether the parts of the voivodeship are withheld."""
        return bool(self.open_cells or self._pending)

    def add(self, contributions: Sequence[Contribution]) -> None:
        """Add the contributions of one period, and close the blocks unless all are of one unit."""
        for one in contributions:
            cell = self.open_cells.setdefault(one.powiat, _Cell())
            cell.units += one.units if one.amount == WHOLE else 0
            cell.add(one.amount, one.least, one.greatest)
        if _merge(self.open_cells.values()).size(WHOLE) != 1:
            self.withheld |= self._choose_withheld()
            self._choose_parts_withheld()
            self.open_cells = {}

    def _choose_withheld(self) -> set[int]:
        """Choose the powiaty whose values make one block: those of one unit, and another one if that is alone.

        The values of units that belong to no powiat remain when all powiaty are taken off, so they belong to it too.
        The other one is a powiat that is withheld already, else that of the fewest units, else that of the least code.
        """
        cells = self.open_cells
        block = {powiat for powiat, cell in cells.items() if cell.size(WHOLE) == 1 or _is_of_no_powiat(powiat)}
        if _merge(cells[powiat] for powiat in block).size(WHOLE) == 1:
            others = [powiat for powiat in cells if powiat not in block and cells[powiat].size(WHOLE)]
            block.add(min(others, key=lambda powiat: (powiat not in self.withheld, cells[powiat].units, powiat)))
        return block

    def _choose_parts_withheld(self) -> None:
        """Choose the powiaty of which the parts are withheld, the whole being shown.

        The parts are taken off the voivodeship's with the wholes of these powiaty known, so each combination of whole
        and parts must leave two units there. Where no other powiat serves for that, the voivodeship's parts wait.
        """
        hidden = {powiat: cell for powiat, cell in self.open_cells.items() if powiat not in self.withheld}
        known = {powiat: hidden.pop(powiat) for powiat in list(hidden) if self._shows_parts(powiat, hidden[powiat])}
        self.parts_withheld |= hidden.keys()
        unknown = _merge(cell for powiat, cell in self.open_cells.items() if powiat in self.withheld)
        while True:
            left = _count_left([*hidden.values(), unknown])
            revealing = {part for part, number in left.items() if number == 1}
            helpful = [powiat for powiat, cell in known.items() if _helps(cell, revealing)]
            if not helpful:
                break
            chosen = min(helpful, key=lambda powiat: (known[powiat].units, powiat))
            hidden[chosen] = known.pop(chosen)
            self.parts_withheld.add(chosen)
        self._pending = {part for part in self._pending | revealing if left.get(part, 0) < 2}

    def _shows_parts(self, powiat: int, cell: _Cell) -> bool:
        return powiat not in self.parts_withheld and all(units.size() != 1 for units in cell.ranges.values())


def _helps(cell: _Cell, revealing: set[int]) -> bool:
    left = _count_left([cell])
    return any(left.get(part, 0) for part in revealing)


def _count_left(cells: Sequence[_Cell]) -> Mapping[int, int]:
    """Count the units that remain at least when a part, or all parts, are taken off: by part.

    The reader knows the whole of each cell, and of the part the sum over all cells. Of each cell he may leave the part
    or, by the whole, the rest: that of fewer units.
    """
    parts = {amount.part for cell in cells for amount in cell.ranges if amount != WHOLE}
    return {part: sum(min(cell.size(Amount(part)), cell.size(Amount(part, True))) for cell in cells) for part in parts}


def _is_of_no_powiat(code: int) -> bool:
    """Whether the code is that of units of a whole voivodeship, such as the regional office."""
    return code % 100 == 0
