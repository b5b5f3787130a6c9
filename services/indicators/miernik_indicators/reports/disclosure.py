"""Disclosure control: figures that a reader of some units may not see, since they would reveal another unit's.

A figure is withheld if the reader could subtract from it, or from several figures of any area, day or part, what he
sees, so that the values of one other unit remain. See ADR 28 for the rule and what it does not protect.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from miernik_indicators.reports.blocks import ALL_PARTS, WHOLE, Amount, Contribution, VoivodeshipBlocks
from miernik_indicators.reports.contributions import (
    Contributions,
    OthersQuery,
    compare_with_present,
    read_contributions,
)
from miernik_indicators.reports.territory import TerritoryFilter
from miernik_shared.web.unit_of_work import UnitOfWork

WithheldReason = Literal["figure_withheld", "past_figure_withheld"]
"""Message that says why a figure is withheld."""
Withheld = Mapping[tuple[int, int], WithheldReason]
"""Withheld figures by series and part key, with the reason."""


async def find_withheld_figures(work: UnitOfWork, query: OthersQuery) -> Withheld:
    """Find the figures of the territory that the caller may not see.

    Whoever sees the region sees all; a gmina is shown to its own units only, so its figures are theirs. Of the past a
    reader of some units sees what still stands: a former sum would differ from the present one by single returns.
    """
    if work.caller.region or query.territory.units is not None:
        return {}
    hidden = select_withheld(await read_contributions(work.connection, query), query.territory)
    if work.known_position is None:
        return dict.fromkeys(hidden, "figure_withheld")
    then = await compare_with_present(work.connection, query, work.known_position)
    return {
        key: "figure_withheld" if key in hidden else "past_figure_withheld"
        for key, has_changed in then.items()
        if key in hidden or has_changed
    }


def select_withheld(contributions: Contributions, territory: TerritoryFilter) -> frozenset[tuple[int, int]]:
    """Select the figures to withhold in a territory, by series and part key. Those without other units are shown."""
    return frozenset(
        (series_no, amount.part)
        for series_no, of_series in contributions.items()
        for amount in _list_figures(of_series, territory)
        if _withholds(find_withheld_areas(of_series, of_parts=amount != WHOLE), territory)
    )


def _list_figures(contributions: Iterable[Contribution], territory: TerritoryFilter) -> set[Amount]:
    """Whole and parts to which other units of the territory contribute."""
    inside = {one.amount for one in contributions if _lies_in(one, territory)}
    return {amount for amount in inside if amount.part != ALL_PARTS and not amount.is_rest}


def _lies_in(one: Contribution, territory: TerritoryFilter) -> bool:
    return territory.powiat in (None, one.powiat) and territory.voivodeship in (None, one.voivodeship)


@dataclass(frozen=True, slots=True)
class WithheldAreas:
    """Areas in which a figure is withheld."""

    voivodeships: frozenset[int]
    powiaty: frozenset[int]


def _withholds(areas: WithheldAreas, territory: TerritoryFilter) -> bool:
    """Whether a figure is withheld in a territory. That of the country needs those of all voivodeships."""
    if territory.powiat is not None:
        return territory.powiat in areas.powiaty
    if territory.voivodeship is not None:
        return territory.voivodeship in areas.voivodeships
    return bool(areas.voivodeships)


def find_withheld_areas(contributions: Iterable[Contribution], *, of_parts: bool) -> WithheldAreas:
    """Find the areas in which a whole or its parts are withheld on the day of its latest contribution.

    The parts are shown together or not at all: the whole less the others would be the one withheld.
    """
    voivodeships: set[int] = set()
    powiaty: set[int] = set()
    ordered = sorted(contributions, key=lambda one: (one.voivodeship, one.effective_on))
    for voivodeship, of_voivodeship in groupby(ordered, key=lambda one: one.voivodeship):
        blocks = VoivodeshipBlocks()
        for _, of_day in groupby(of_voivodeship, key=lambda one: one.effective_on):
            blocks.add(list(of_day))
        powiaty |= blocks.withheld | blocks.open_cells.keys()
        if of_parts:
            powiaty |= blocks.parts_withheld
        if blocks.open_cells or (of_parts and blocks.withholds_parts):
            voivodeships.add(voivodeship)
    return WithheldAreas(frozenset(voivodeships), frozenset(powiaty))
