"""The lines of the table of financial progress, before shares are added: which nodes have one, and what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from miernik_contracts.followers.states import NodeState
from miernik_contracts.progress.rollup import NO_NODE, Place
from miernik_contracts.reports.figures import Figure
from miernik_contracts.reports.question import Ground

NONE = Figure(0, Decimal("0.00"))
AgreementKind = Literal["grant", "framework"]


@dataclass(frozen=True, slots=True)
class Line:
    """``signed`` and ``recommended`` are ``None`` where nothing is known, or for the latter where there is no such
    cell: whoever is named by the programme is not recommended."""

    office: str
    node: NodeState | None
    agreement_kind: AgreementKind | None
    signed: Figure | None
    recommended: Figure | None
    complete: bool

    @property
    def contracted(self) -> Decimal | None:
        """What the line adds to the share of the allocation; ``None`` where nothing is known."""
        whole = total([self.signed, self.recommended])
        return whole.value_pln if whole else None


def lines_of(ground: Ground, office: str) -> list[Line]:
    """A line for each leaf of the tree, for what hangs on a node above, and for what hangs on none."""
    lines: list[Line] = []
    for node in ground.tree.in_order(office):
        if ground.shows(node) and (_is_leaf(ground, node) or known_of(ground, office, node.id)):
            lines += _lines_of_node(ground, node)
    return [*lines, *_unassigned(ground, office)]


def known_of(ground: Ground, office: str, node_id: UUID) -> list[Place]:
    """What is known of one node itself."""
    kinds = ("framework", "grant", "accepted", "recommended")
    places = (Place(office, node_id, kind) for kind in kinds)
    return [place for place in places if place in ground.figures]


def total(figures: Sequence[Figure | None]) -> Figure | None:
    """The sum of what is known; ``None`` where nothing is."""
    known = [figure for figure in figures if figure is not None]
    if not known:
        return None
    return Figure(sum(one.number for one in known), sum((one.value_pln for one in known), Decimal("0.00")))


def _is_leaf(ground: Ground, node: NodeState) -> bool:
    return node.level in ("measure", "sub_measure") and not ground.tree.children.get(node.id)


def _lines_of_node(ground: Ground, node: NodeState) -> Iterator[Line]:
    known = {place.kind: ground.figures[place] for place in known_of(ground, node.office, node.id)}
    kinds: list[AgreementKind | None] = [kind for kind in ("framework", "grant") if kind in known]
    systemic = ground.tree.selection_mode(node) == "systemic"
    for kind in kinds or [None]:
        # Agreements of both kinds are two lines; the recommended applications stand in the last.
        is_last = kind in (None, kinds[-1] if kinds else None)
        signed = known[kind] if kind else (NONE if "accepted" in known else None)
        recommended = _recommended(known, systemic) if is_last else None
        complete = signed is not None and (recommended is not None or systemic or not is_last)
        yield Line(node.office, node, kind, signed, recommended, complete)


def _recommended(known: dict[str, Figure], systemic: bool) -> Figure | None:
    recommended = known.get("recommended", NONE)
    if recommended.number or ("accepted" in known and not systemic):
        return recommended
    return None


def _unassigned(ground: Ground, office: str) -> Iterator[Line]:
    """One line for all that belongs to no node, or to one that was not learnt."""
    if ground.scope is not None:
        return
    homeless = {
        place: figure
        for place, figure in ground.figures.items()
        if place.office == office and (place.node_id == NO_NODE or place.node_id not in ground.tree.nodes)
    }
    if homeless:
        signed = total([figure for place, figure in homeless.items() if place.kind in ("grant", "framework")])
        recommended = total([figure for place, figure in homeless.items() if place.kind == "recommended"])
        yield Line(office, None, None, signed or NONE, recommended or NONE, True)
