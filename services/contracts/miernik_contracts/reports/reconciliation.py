"""The reconciliation: accepted = signed + recommended, by node and in total, and the differences.

A node is reconciled if its sums agree and it has no differences.

An example row::

    7.2.1 | accepted 118, 74217435.25 | signed 99, 62735118.57 | recommended 19, 11482316.68 | difference 0, 0.00
"""

from collections.abc import Iterator
from uuid import UUID

from miernik_contracts.followers.states import NodeState
from miernik_contracts.progress.rollup import NO_NODE
from miernik_contracts.reports.differences import differences
from miernik_contracts.reports.figures import Figure
from miernik_contracts.reports.report_query import ReportData, ReportQuery, read_report_data
from miernik_contracts.reports.schemas import (
    Cell,
    Difference,
    ReconciliationReport,
    ReconciliationRow,
    Reference,
    RowKind,
)
from miernik_contracts.reports.table_rows import NONE, total
from miernik_shared.database import AnyRow
from miernik_shared.web.unit_of_work import UnitOfWork


async def reconciliation_report(work: UnitOfWork, query: ReportQuery) -> ReconciliationReport:
    """Build the reconciliation report. Raises 503 past the time budget.

    A node or an office without figures has no row.
    """
    data = await read_report_data(work, query)
    found = await differences(work, query)
    offices = [query.one_office] if query.one_office else data.offices
    differing = {(office, UUID(node)) for office, node in found[0].places} if found else set[tuple[str, UUID]]()
    return ReconciliationReport(
        as_of=query.as_of,
        known_at=query.known_at,
        position=work.read_position,
        office=query.office,
        rows=[
            row for office in offices for row in _rows(data, office, {node for at, node in differing if at == office})
        ],
        differences=[_difference(data, row) for row in found],
        difference_count=found[0].in_all if found else 0,
    )


def _rows(data: ReportData, office: str, differing: set[UUID]) -> Iterator[ReconciliationRow]:
    """Rows of an office. ``differing`` are the nodes with differences, which may cancel out in the sums."""
    known = {key.node_id for key in data.figures if key.office == office}
    nodes = [node for node in data.tree.in_order(office) if node.id in known]
    for node in nodes:
        yield _row(office, node, "node", _sides(data, office, {node.id}), matched=node.id not in differing)
    if homeless := known - {node.id for node in nodes}:
        yield _row(office, None, "unassigned", _sides(data, office, homeless), matched=not homeless & differing)
    if known:
        yield _row(office, None, "total", _sides(data, office, known), matched=not differing)


def _sides(data: ReportData, office: str, nodes: set[UUID]) -> tuple[Figure, Figure, Figure]:
    """Sums over the nodes of the accepted applications, the signed agreements and the recommended applications."""
    sides = (("accepted",), ("grant", "framework"), ("recommended",))
    of_nodes = {key: figure for key, figure in data.figures.items() if key.office == office}
    accepted, signed, recommended = (
        total([figure for key, figure in of_nodes.items() if key.node_id in nodes and key.kind in kinds])
        for kinds in sides
    )
    return accepted or NONE, signed or NONE, recommended or NONE


def _row(
    office: str, node: NodeState | None, kind: RowKind, sides: tuple[Figure, Figure, Figure], *, matched: bool
) -> ReconciliationRow:
    accepted, signed, recommended = sides
    number = accepted.number - signed.number - recommended.number
    value = accepted.value_pln - signed.value_pln - recommended.value_pln
    return ReconciliationRow(
        office=office,
        node_id=node.id if node else None,
        code=node.code if node else None,
        level=node.level if node else None,
        name=node.name if node else None,
        kind=kind,
        accepted=_cell(accepted),
        signed=_cell(signed),
        recommended=_cell(recommended),
        difference=Cell(number=number, value_pln=value),
        reconciled=matched and number == 0 and value == 0,
    )


def _cell(figure: Figure) -> Cell:
    return Cell(number=figure.number, value_pln=figure.value_pln)


def _difference(data: ReportData, row: AnyRow) -> Difference:
    node = data.tree.nodes.get(row.node_id)
    return Difference(
        office=row.office,
        node_id=None if row.node_id == NO_NODE else row.node_id,
        code=node.code if node else None,
        reason=row.reason,
        application=_reference(row.application_id, row.application_number),
        agreement=_reference(row.agreement_id, row.agreement_number),
        accepted_value_pln=row.accepted_value_pln,
        signed_value_pln=row.signed_value_pln,
        difference=Cell(number=row.number, value_pln=row.value_pln),
    )


def _reference(referred: UUID | None, number: str | None) -> Reference | None:
    return Reference(id=referred, number=number) if referred else None
