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
from miernik_contracts.rates.service import render_rate
from miernik_contracts.reports.contracted_share import AllocatedMoney, RatedShare, read_allocated_money, share_node
from miernik_contracts.reports.figures import Figure
from miernik_contracts.reports.report_query import ReportData, ReportQuery, read_report_data
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
from miernik_contracts.reports.table_rows import TableRow, build_rows, total
from miernik_shared.formats import display
from miernik_shared.values.offices import office_name
from miernik_shared.web.proofs import build_proof_url
from miernik_shared.web.unit_of_work import UnitOfWork

_RATE_FROM: Mapping[RateSource, str] = {
    "nbp_a": "rate_from_nbp",
    "ec_monthly": "rate_from_ec",
    "programming": "rate_from_programming",
    "office": "rate_from_office",
}
"""Message about the origin of a rate, by its source."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """Addresses of the lists behind figures, on the day of the report and as known at its position."""

    work: UnitOfWork
    as_of: date

    def agreements(self, **filters: object) -> str:
        """Agreements selected by these filters."""
        return build_proof_url(self.work, "/v1/agreements", as_of=self.as_of, **filters)

    def recommended(self, **filters: object) -> str:
        """Recommended applications selected by these filters."""
        return build_proof_url(self.work, "/v1/recommended-applications", as_of=self.as_of, **filters)


async def contracting_report(work: UnitOfWork, query: ReportQuery) -> ContractingReport:
    """Build the contracting report. Raises 422 for a selected rate that does not exist, 503 past the time budget."""
    data = await read_report_data(work, query)
    money = await read_allocated_money(work, query, data)
    offices = [query.one_office] if query.one_office else data.offices
    proofs = Proofs(work, query.as_of)
    rows = [row for office in offices for row in _rows(data, money, office, query.measure, proofs)]
    rates = money.used_rates()
    return ContractingReport(
        as_of=query.as_of,
        known_at=query.known_at,
        position=work.read_position,
        office=query.office,
        headings=list(_headings(data, rows)),
        rows=rows,
        rate=rates[0] if len(rates) == 1 else None,
        rates=rates if len(rates) > 1 else [],
        sources=list(_sources(work, rates)),
        notes=list(_notes(work, money)),
    )


def _rows(
    data: ReportData, money: AllocatedMoney, office: str, selected_measure: str | None, proofs: Proofs
) -> Iterator[ContractingRow]:
    tops = data.tree.find(office, selected_measure) if selected_measure else []
    if selected_measure and not tops:
        return
    table_rows = build_rows(data, office)
    shares = _shares_of_nodes(data, money, table_rows)
    for row in table_rows:
        measure = data.tree.measure_of(row.node) if row.node else None
        rated = shares[share_node(data, row.node).id] if row.node else None
        yield _row(data.tree, row, measure, rated, proofs)
    scope = {"office": office, "within": tops[0].id if tops else None}
    programmes = _programmes_of(data, office)
    for top in programmes if len(programmes) > 1 else []:
        below = [row for row in table_rows if row.node and top in data.tree.path(row.node)]
        yield _total_row({"office": office, "within": top.id}, below, _share_of([top], data, money), proofs, top)
    yield _total_row(scope, table_rows, _share_of_all(data, money, office, table_rows), proofs)


def _shares_of_nodes(data: ReportData, money: AllocatedMoney, table_rows: Sequence[TableRow]) -> dict[UUID, RatedShare]:
    """One share for each measure, and one for each node above measures that has a row."""
    nodes = {node.id: node for row in table_rows if row.node for node in [share_node(data, row.node)]}
    return {key: money.of_nodes([node], _rows_below(data, node)) for key, node in nodes.items()}


def _rows_below(data: ReportData, node: NodeState) -> list[TableRow]:
    """Rows of a node and of all nodes below it, also if only some of them are selected."""
    whole = ReportData(data.tree, data.figures, frozenset(one.id for one in data.tree.below(node)))
    return build_rows(whole, node.office)


def _share_of_all(
    data: ReportData, money: AllocatedMoney, office: str, table_rows: Sequence[TableRow]
) -> RatedShare | None:
    """Share of an office; without a percentage if it has several programmes, since their rates and rules differ."""
    if not table_rows:
        return None
    if len(_programmes_of(data, office)) > 1:
        return RatedShare(money.without_percentage(office, table_rows), [])
    return money.of_nodes(_tops_of(data, office), table_rows)


def _share_of(tops: Sequence[NodeState], data: ReportData, money: AllocatedMoney) -> RatedShare:
    return money.of_nodes(tops, [row for top in tops for row in _rows_below(data, top)])


def _tops_of(data: ReportData, office: str) -> list[NodeState]:
    """Highest selected nodes of an office."""
    shown = [node for node in data.tree.in_order(office) if data.shows(node)]
    ids = {node.id for node in shown}
    return [node for node in shown if node.parent_id not in ids]


def _programmes_of(data: ReportData, office: str) -> list[NodeState]:
    """Tops of an office that belong to different programmes; trees that name no programme are all of one."""
    tops = _tops_of(data, office)
    named = [top for top in tops if data.tree.path(top)[-1].level == "programme"]
    return tops if len(named) > 1 or 0 < len(named) < len(tops) else tops[:1]


def _row(
    tree: Tree, row: TableRow, measure: NodeState | None, rated: RatedShare | None, proofs: Proofs
) -> ContractingRow:
    node = row.node
    kind: RowKind = "node" if node else "unassigned"
    behind = proofs.recommended(node=node.id) if node else proofs.recommended(office=row.office, unassigned="true")
    return ContractingRow(
        office=row.office,
        node_id=node.id if node else None,
        code=node.code if node else None,
        level=node.level if node else None,
        name=node.name if node else None,
        measure=measure.code if measure else None,
        measure_name=measure.name if measure else None,
        directly_on=node.level if node and tree.children.get(node.id) else None,
        kind=kind,
        agreement_kind=row.agreement_kind,
        signed=_cell(row.signed),
        recommended=_proved(row.recommended, behind),
        complete=row.complete,
        share=rated.share if rated else None,
        rates=_rates(rated),
        proof=proofs.agreements(node=node.id, kind=row.agreement_kind) if node else None,
    )


def _total_row(
    scope: Mapping[str, Any],
    table_rows: Sequence[TableRow],
    rated: RatedShare | None,
    proofs: Proofs,
    top: NodeState | None = None,
) -> ContractingRow:
    """Row of the total, or of the total of a programme, which is its ``top``.

    ``scope`` holds the filters of its lists: the office and, of a selected measure or a programme, the node.
    """
    return ContractingRow(
        office=scope["office"],
        node_id=top.id if top else None,
        code=top.code if top else None,
        level=top.level if top else None,
        name=top.name if top else None,
        measure=None,
        measure_name=None,
        directly_on=None,
        kind="programme_total" if top else "total",
        agreement_kind=None,
        signed=_cell(total([row.signed for row in table_rows])),
        recommended=_proved(total([row.recommended for row in table_rows]), proofs.recommended(**scope)),
        complete=bool(table_rows) and all(row.complete for row in table_rows),
        share=rated.share if rated else None,
        rates=_rates(rated),
        proof=proofs.agreements(**scope),
    )


def _rates(rated: RatedShare | None) -> list[RateInForce]:
    return [render_rate(rate) for rate in rated.rates] if rated else []


def _cell(figure: Figure | None) -> Cell:
    return Cell(number=figure.number, value_pln=figure.value_pln) if figure else Cell(number=None, value_pln=None)


def _proved(figure: Figure | None, address: str) -> RecommendedCell:
    cell = _cell(figure)
    return RecommendedCell(number=cell.number, value_pln=cell.value_pln, proof=address if figure else None)


def _headings(data: ReportData, rows: Sequence[ContractingRow]) -> Iterator[Heading]:
    """Priorities above the rows; in an office without priorities, the roots above its rows."""
    tree = data.tree
    paths = [tree.path(node) for row in rows if row.node_id and (node := tree.nodes.get(row.node_id))]
    above = {node.id: node.office for path in paths for node in path if node.level == "priority"}
    titled = set(above.values())
    tops = {path[-1].id for path in paths if path[-1].office not in titled}
    for node in tree.in_order():
        if node.id in above or node.id in tops:
            yield Heading(office=node.office, level=node.level, code=node.code, name=node.name)


def _sources(work: UnitOfWork, rates: Sequence[UsedRate]) -> Iterator[Source]:
    """Origin and day of the rates behind each office's shares, in the reader's language."""
    for rate in rates:
        for office in rate.offices:
            day = display.day(rate.effective_on, work.language)
            params = {"office": office_name(office), "day": day, "table": rate.table_no or ""}
            text = work.service.catalogue.message(_RATE_FROM[rate.source], params, work.language)
            if is_outlived(rate.source, rate.effective_on, rate.asked_on):
                params = {"day": display.day(rate.asked_on, work.language)}
                text += "; " + work.service.catalogue.message("rate_latest_known", params, work.language)
            yield Source(office=office, column="percentage", text=text, date=rate.effective_on)


def _notes(work: UnitOfWork, money: AllocatedMoney) -> Iterator[Note]:
    """Reasons for missing shares, in the reader's language."""
    for office in money.several_programmes:
        text = work.service.catalogue.message("share_of_several_programmes", {}, work.language)
        yield Note(code="share_of_several_programmes", text=text, office=office, node_id=None)
    for measure, key in money.missing:
        if key is None:
            code, params = "share_without_allocation", {"node": measure.code}
        else:
            day = money.rate_day.isoformat()
            code, params = "share_without_rate", {"node": measure.code, "source": key.source, "day": day}
        text = work.service.catalogue.message(code, params, work.language)
        yield Note(code=code, text=text, office=measure.office, node_id=measure.id)
