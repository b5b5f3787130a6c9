"""The report of financial progress (postęp finansowy).

Reproduces the table "Postęp finansowy – wartości kumulatywne" of the deck (slide 6). An example row::

    7.2.1 | signed 99, 62735118.57 PLN | recommended 19, 11482316.68 PLN | 75.01 % of the allocation of 7.2
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree
from miernik_contracts.rates.rules import RateSource, is_outlived
from miernik_contracts.rates.schemas import RateInForce
from miernik_contracts.rates.service import shown_rate
from miernik_contracts.reports.figures import Figure
from miernik_contracts.reports.lines import Line, lines_of, total
from miernik_contracts.reports.question import Ground, Question, read_ground
from miernik_contracts.reports.schemas import (
    Cell,
    ContractingReport,
    ContractingRow,
    Heading,
    Note,
    RecommendedCell,
    RowKind,
    Source,
    UsedRate,
)
from miernik_contracts.reports.shares import Counted, Money, read_money, share_node
from miernik_shared.formats import display
from miernik_shared.values.offices import office_name
from miernik_shared.web.proofs import proof
from miernik_shared.web.unit_of_work import UnitOfWork

_RATE_FROM: Mapping[RateSource, str] = {
    "nbp_a": "rate_from_nbp",
    "ec_monthly": "rate_from_ec",
    "programming": "rate_from_programming",
    "office": "rate_from_office",
}
"""What is said of where a rate comes from."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Addresses of what stands behind figures, on their day and as this read knows it."""

    work: UnitOfWork
    as_of: date

    def agreements(self, **filters: object) -> str:
        """The agreements that are chosen by these filters."""
        return proof(self.work, "/v1/agreements", as_of=self.as_of, **filters)

    def recommended(self, **filters: object) -> str:
        """The applications recommended for signing that are chosen by these filters."""
        return proof(self.work, "/v1/recommended-applications", as_of=self.as_of, **filters)


async def contracting_report(work: UnitOfWork, question: Question) -> ContractingReport:
    """The report. Raises 422 for a rate that was asked for and does not exist, 503 past the time budget."""
    ground = await read_ground(work, question)
    money = await read_money(work, question, ground)
    offices = [question.one_office] if question.one_office else ground.offices
    proofs = Proofs(work, question.as_of)
    rows = [row for office in offices for row in _rows(ground, money, office, question.measure, proofs)]
    rates = money.used_rates()
    return ContractingReport(
        as_of=question.as_of,
        known_at=question.known_at,
        position=work.known_position if work.known_position is not None else work.position,
        office=question.office,
        headings=list(_headings(ground, rows)),
        rows=rows,
        rate=rates[0] if len(rates) == 1 else None,
        rates=rates if len(rates) > 1 else [],
        sources=list(_sources(work, rates)),
        notes=list(_notes(work, money)),
    )


def _rows(
    ground: Ground, money: Money, office: str, measure_asked: str | None, proofs: Proofs
) -> Iterator[ContractingRow]:
    tops = ground.tree.find(office, measure_asked) if measure_asked else []
    if measure_asked and not tops:
        return
    lines = lines_of(ground, office)
    shares = _shares_of_nodes(ground, money, lines)
    for line in lines:
        measure = ground.tree.measure_of(line.node) if line.node else None
        counted = shares[share_node(ground, line.node).id] if line.node else None
        yield _row(ground.tree, line, measure, counted, proofs)
    place = {"office": office, "within": tops[0].id if tops else None}
    yield _total_row(place, lines, _share_of_all(ground, money, office, lines), proofs)


def _shares_of_nodes(ground: Ground, money: Money, lines: Sequence[Line]) -> dict[UUID, Counted]:
    """One share a measure, and one for each node above measures that has a row."""
    nodes = {node.id: node for line in lines if line.node for node in [share_node(ground, line.node)]}
    return {key: money.of_nodes([node], _lines_below(ground, node)) for key, node in nodes.items()}


def _lines_below(ground: Ground, node: NodeState) -> list[Line]:
    """All that is contracted under a node, also where only a part of it was asked for."""
    whole = Ground(ground.tree, ground.figures, frozenset(one.id for one in ground.tree.below(node)))
    return lines_of(whole, node.office)


def _share_of_all(ground: Ground, money: Money, office: str, lines: Sequence[Line]) -> Counted | None:
    if not lines:
        return None
    shown = [node for node in ground.tree.in_order(office) if ground.shows(node)]
    ids = {node.id for node in shown}
    return money.of_nodes([node for node in shown if node.parent_id not in ids], lines)


def _row(tree: Tree, line: Line, measure: NodeState | None, counted: Counted | None, proofs: Proofs) -> ContractingRow:
    node = line.node
    kind: RowKind = "node" if node else "unassigned"
    behind = proofs.recommended(node=node.id) if node else proofs.recommended(office=line.office, unassigned="true")
    return ContractingRow(
        office=line.office,
        node_id=node.id if node else None,
        code=node.code if node else None,
        level=node.level if node else None,
        name=node.name if node else None,
        measure=measure.code if measure else None,
        measure_name=measure.name if measure else None,
        directly_on=node.level if node and tree.children.get(node.id) else None,
        kind=kind,
        agreement_kind=line.agreement_kind,
        signed=_cell(line.signed),
        recommended=_proved(line.recommended, behind),
        complete=line.complete,
        share=counted.share if counted else None,
        rates=_rates(counted),
        proof=proofs.agreements(node=node.id, kind=line.agreement_kind) if node else None,
    )


def _total_row(
    place: Mapping[str, Any], lines: Sequence[Line], counted: Counted | None, proofs: Proofs
) -> ContractingRow:
    """``place`` is the office and, where a measure was asked for, its node."""
    return ContractingRow(
        office=place["office"],
        node_id=None,
        code=None,
        level=None,
        name=None,
        measure=None,
        measure_name=None,
        directly_on=None,
        kind="total",
        agreement_kind=None,
        signed=_cell(total([line.signed for line in lines])),
        recommended=_proved(total([line.recommended for line in lines]), proofs.recommended(**place)),
        complete=bool(lines) and all(line.complete for line in lines),
        share=counted.share if counted else None,
        rates=_rates(counted),
        proof=proofs.agreements(**place),
    )


def _rates(counted: Counted | None) -> list[RateInForce]:
    return [shown_rate(rate) for rate in counted.rates] if counted else []


def _cell(figure: Figure | None) -> Cell:
    return Cell(number=figure.number, value_pln=figure.value_pln) if figure else Cell(number=None, value_pln=None)


def _proved(figure: Figure | None, address: str) -> RecommendedCell:
    cell = _cell(figure)
    return RecommendedCell(number=cell.number, value_pln=cell.value_pln, proof=address if figure else None)


def _headings(ground: Ground, rows: Sequence[ContractingRow]) -> Iterator[Heading]:
    """The priorities above the rows; in an office where there is none, what its rows hang on at last."""
    tree = ground.tree
    paths = [tree.path(node) for row in rows if row.node_id and (node := tree.nodes.get(row.node_id))]
    above = {node.id: node.office for path in paths for node in path if node.level == "priority"}
    titled = set(above.values())
    tops = {path[-1].id for path in paths if path[-1].office not in titled}
    for node in tree.in_order():
        if node.id in above or node.id in tops:
            yield Heading(office=node.office, level=node.level, code=node.code, name=node.name)


def _sources(work: UnitOfWork, rates: Sequence[UsedRate]) -> Iterator[Source]:
    """Whose rates of which day the shares of each office are computed by, in the reader's language."""
    for rate in rates:
        for office in rate.offices:
            day = display.day(rate.effective_on, work.language)
            params = {"office": office_name(office), "day": day, "table": rate.table_no or ""}
            text = work.service.catalogue.message(_RATE_FROM[rate.source], params, work.language)
            if is_outlived(rate.source, rate.effective_on, rate.asked_on):
                params = {"day": display.day(rate.asked_on, work.language)}
                text += "; " + work.service.catalogue.message("rate_latest_known", params, work.language)
            yield Source(office=office, column="percentage", text=text, date=rate.effective_on)


def _notes(work: UnitOfWork, money: Money) -> Iterator[Note]:
    """Why a share is missing, in the reader's language."""
    for measure, key in money.missing:
        if key is None:
            code, params = "share_without_allocation", {"node": measure.code}
        else:
            day = money.rate_day.isoformat()
            code, params = "share_without_rate", {"node": measure.code, "source": key.source, "day": day}
        text = work.service.catalogue.message(code, params, work.language)
        yield Note(code=code, text=text, office=measure.office, node_id=measure.id)
