"""Rows of the table of financial progress, without their shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from miernik_contracts.followers.states import NodeState
from miernik_contracts.progress.rollup import NO_NODE, RollupKey
from miernik_contracts.reports.figures import Figure
from miernik_contracts.reports.report_query import ReportData

NONE = Figure(0, Decimal("0.00"))
AgreementKind = Literal["grant", "framework"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row. ``signed`` and ``recommended`` are None if unknown.

    ``recommended`` is also None where a row has no such cell, since applicants named by the programme are never
    recommended.
    """

    office: str
    node: NodeState | None
    agreement_kind: AgreementKind | None
    signed: Figure | None
    recommended: Figure | None
    complete: bool

    @property
    def contracted(self) -> Decimal | None:
        """Value of the row in its share of the allocation; None if unknown."""
        whole = total([self.signed, self.recommended])
        return whole.value_pln if whole else None


def build_rows(data: ReportData, office: str) -> list[TableRow]:
    """A row for each selected leaf, for each node above with figures of its own, and for figures without a node."""
    rows: list[TableRow] = []
    for node in data.tree.in_order(office):
        if data.shows(node) and (_is_leaf(data, node) or known_keys(data, office, node.id)):
            rows += _rows_of_node(data, node)
    return [*rows, *_unassigned(data, office)]


def known_keys(data: ReportData, office: str, node_id: UUID) -> list[RollupKey]:
    """Rollup keys with figures of one node itself."""
    kinds = ("framework", "grant", "accepted", "recommended")
    keys = (RollupKey(office, node_id, kind) for kind in kinds)
    return [key for key in keys if key in data.figures]


def total(figures: Sequence[Figure | None]) -> Figure | None:
    """Sum of the known figures; None if there are none."""
    known = [figure for figure in figures if figure is not None]
    if not known:
        return None
    return Figure(sum(one.number for one in known), sum((one.value_pln for one in known), Decimal("0.00")))


def _is_leaf(data: ReportData, node: NodeState) -> bool:
    return node.level in ("measure", "sub_measure") and not data.tree.children.get(node.id)


def _rows_of_node(data: ReportData, node: NodeState) -> Iterator[TableRow]:
    known = {key.kind: data.figures[key] for key in known_keys(data, node.office, node.id)}
    kinds: list[AgreementKind | None] = [kind for kind in ("framework", "grant") if kind in known]
    systemic = data.tree.selection_mode(node) == "systemic"
    for kind in kinds or [None]:
        # Agreements of both kinds are two rows; the recommended applications are shown in the last.
        is_last = kind in (None, kinds[-1] if kinds else None)
        signed = known[kind] if kind else (NONE if "accepted" in known else None)
        recommended = _recommended(known, systemic) if is_last else None
        complete = signed is not None and (recommended is not None or systemic or not is_last)
        yield TableRow(node.office, node, kind, signed, recommended, complete)


def _recommended(known: dict[str, Figure], systemic: bool) -> Figure | None:
    recommended = known.get("recommended", NONE)
    if recommended.number or ("accepted" in known and not systemic):
        return recommended
    return None


def _unassigned(data: ReportData, office: str) -> Iterator[TableRow]:
    """One row for the figures without a node or with one that is not replicated."""
    if data.scope is not None:
        return
    unassigned = {
        key: figure
        for key, figure in data.figures.items()
        if key.office == office and (key.node_id == NO_NODE or key.node_id not in data.tree.nodes)
    }
    if unassigned:
        signed = total([figure for key, figure in unassigned.items() if key.kind in ("grant", "framework")])
        recommended = total([figure for key, figure in unassigned.items() if key.kind == "recommended"])
        yield TableRow(office, None, None, signed or NONE, recommended or NONE, True)
