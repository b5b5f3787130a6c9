"""Report of the applications by stage, cumulative since the programme began.

Reproduces the slide "Proces aplikowania o środki – wartości kumulatywne" (5). An example row::

    7.2.1 | submitted 612, 486 214 377,82 | formally positive 431, 351 907 264,19 | accepted 118, 74 217 435,25
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from sqlalchemy import text

from miernik_calls.applications.version_columns import STAGES, Stage
from miernik_calls.reports.bounds import BoundsOffice, ReportBounds
from miernik_calls.reports.nodes import (
    Node,
    Nodes,
    belongs_to,
    list_headings,
    list_measures,
    read_nodes,
    with_ancestors,
)
from miernik_calls.reports.offices import choose_office, office_filter, refuse_unknown_filters
from miernik_calls.reports.pipeline_findings import find_rising_values
from miernik_calls.reports.pipeline_schemas import PipelineReport, PipelineRow, PipelineSource, StageCell
from miernik_calls.reports.stages import StageSum, read_stage_sums
from miernik_shared.values.offices import ALL_OFFICES
from miernik_shared.values.years import list_years
from miernik_shared.web.proofs import build_proof_url
from miernik_shared.web.unit_of_work import UnitOfWork

UNASSIGNED = 0
# First and last day with applications at a stage, by office.
_BOUNDS = text("""
    select office, min(effective_on) as first_on, max(effective_on) as last_on
    from pipeline_rollup where number <> 0 group by office order by office
""")


@dataclass(frozen=True, slots=True)
class PipelineQuery:
    """Parameters of the report: a day, an office, a measure."""

    as_of: date
    office: str | None
    measure: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Number and value of applications at one stage."""

    number: int = 0
    value_pln: Decimal = Decimal("0.00")

    def __add__(self, other: "Cell | StageSum") -> "Cell":
        return Cell(self.number + other.number, self.value_pln + other.value_pln)


Cells = Mapping[Stage, Cell]
CellsByNode = Mapping[tuple[str, int], Cells]
"""Cells by office and node (0 for none). Nodes without applications are left out."""


class Prove(Protocol):
    """Builder of the URL of the applications behind a row, or behind one stage of the row."""

    def __call__(self, stage: Stage | None = None, **filters: str | None) -> str:
        """Return the address."""
        ...


async def build_pipeline_report(work: UnitOfWork, query: PipelineQuery) -> PipelineReport:
    """Build the report.

    With a measure, only of that node and those below it. Raises 422 for an unknown office or measure.
    """
    position = work.read_position
    office = choose_office(work, query.office)
    offices = office_filter(office)
    nodes = await read_nodes(work.connection, query.as_of, position, offices)
    await refuse_unknown_filters(work, "pipeline", office, query.measure, nodes, position)
    cells_by_node = _sum_by_node(await read_stage_sums(work.connection, query.as_of, work.known_position, offices))
    row_keys = list(_choose_rows(nodes, cells_by_node, query.measure))
    prove = partial(_link_proof, work, query.as_of)
    rows = [
        row
        for one in _list_offices(office, nodes, cells_by_node)
        for row in _render_rows(one, query.measure, row_keys, nodes, cells_by_node, prove)
    ]
    return PipelineReport(
        as_of=query.as_of,
        known_at=work.requested_known_at,
        position=position,
        office=office,
        headings=list_headings(nodes, [node_no for _, node_no in row_keys]),
        rows=rows,
        sources=list(_list_sources(query.as_of, row_keys, nodes, cells_by_node)),
        findings=await find_rising_values(work, query.as_of, offices, nodes, [node_no for _, node_no in row_keys]),
    )


async def read_pipeline_bounds(work: UnitOfWork) -> ReportBounds:
    """First and last day on which an application reached a stage; offices with a tree or with applications."""
    found = {row.office: row for row in await work.connection.execute(_BOUNDS)}
    nodes = await read_nodes(work.connection, work.today, work.position, None)
    first_on = min((row.first_on for row in found.values()), default=None)
    last_on = max((row.last_on for row in found.values()), default=None)
    return ReportBounds(
        first_on=first_on,
        last_on=last_on,
        offices=[BoundsOffice(code=code) for code in sorted({*found, *(node.office for node in nodes.values())})],
        measures=list_measures(nodes),
        years=list_years(first_on, last_on),
        position=work.position,
    )


def _sum_by_node(sums: Sequence[StageSum]) -> CellsByNode:
    """Sums by node, over all calls."""
    cells_by_node: dict[tuple[str, int], dict[Stage, Cell]] = {}
    for one in sums:
        cells = cells_by_node.setdefault((one.office, one.node_no), dict.fromkeys(STAGES, Cell()))
        cells[one.stage] += one
    return cells_by_node


def _list_offices(requested: str, nodes: Nodes, cells_by_node: CellsByNode) -> list[str]:
    if requested != ALL_OFFICES:
        return [requested]
    return sorted({*(node.office for node in nodes.values()), *(office for office, _ in cells_by_node)})


def _choose_rows(nodes: Nodes, cells_by_node: CellsByNode, measure: str | None) -> Iterator[tuple[str, int]]:
    """Keys of the rows in order of codes: leaves and nodes with own applications; last, applications of no node."""
    parents = {node.parent_no for node in nodes.values()}
    for node_no, node in nodes.items():
        is_leaf = node_no not in parents and node.level in ("measure", "sub_measure")
        wanted = measure is None or belongs_to(nodes, node_no, measure)
        if wanted and (is_leaf or (node.office, node_no) in cells_by_node):
            yield node.office, node_no
    if measure is None:
        yield from sorted(node_key for node_key in cells_by_node if node_key[1] == UNASSIGNED)


def _render_rows(
    office: str,
    measure: str | None,
    row_keys: Sequence[tuple[str, int]],
    nodes: Nodes,
    cells_by_node: CellsByNode,
    prove: Prove,
) -> Iterator[PipelineRow]:
    """Rows of one office and their total. No row mixes offices."""
    own = [node_key for node_key in row_keys if node_key[0] == office]
    for node_key in own:
        yield _render_row(office, nodes.get(node_key[1]), nodes, cells_by_node.get(node_key), prove)
    known = [cells_by_node[node_key] for node_key in own if node_key in cells_by_node]
    total: Cells | None = {stage: sum((cells[stage] for cells in known), Cell()) for stage in STAGES} if known else None
    yield PipelineRow(
        office=office, kind="total", node_id=None, code=None, level=None, name=None, measure=None, directly_on=None,
        complete=len(known) == len(own) > 0, **_render_cells(total, partial(prove, office=office, node=measure)),
    )  # fmt: skip


def _render_row(office: str, node: Node | None, nodes: Nodes, cells: Cells | None, prove: Prove) -> PipelineRow:
    above = with_ancestors(nodes, node.node_no) if node else iter(())
    own = partial(prove, office=office, node=node.code if node else None, directly="true")
    return PipelineRow(
        office=office,
        kind="node" if node else "unassigned",
        node_id=node.id if node else None,
        code=node.code if node else None,
        level=node.level if node else None,
        name=node.name if node else None,
        measure=next((one.code for one in above if one.level == "measure"), None),
        directly_on=node.level if node and _has_nodes_below(nodes, node) else None,
        complete=cells is not None,
        **_render_cells(cells, own),
    )


def _has_nodes_below(nodes: Nodes, node: Node) -> bool:
    return any(one.parent_no == node.node_no for one in nodes.values())


def _render_cells(cells: Cells | None, prove: Prove) -> dict[str, Any]:
    """Cells of a row by stage, with the addresses of the applications behind them."""
    figures = cells or dict.fromkeys(STAGES)
    by_stage: dict[str, Any] = {
        stage: StageCell(
            number=cell.number if cell else None, value_pln=cell.value_pln if cell else None, proof=prove(stage)
        )
        for stage, cell in figures.items()
    }
    return by_stage | {"proof": prove()}


def _link_proof(work: UnitOfWork, as_of: date, stage: Stage | None = None, **filters: str | None) -> str:
    return build_proof_url(work, "/v1/applications", **filters, stage=stage, as_of=as_of)


def _list_sources(
    as_of: date, row_keys: Sequence[tuple[str, int]], nodes: Nodes, cells_by_node: CellsByNode
) -> Iterator[PipelineSource]:
    """Source notes of the programme and the priorities above the rows, of offices with applications."""
    above = {one.node_no for _, node_no in row_keys for one in with_ancestors(nodes, node_no)}
    known = {node_key[0] for node_key in row_keys if node_key in cells_by_node}
    for node_no, node in nodes.items():
        if node_no in above and node.office in known and node.level in ("programme", "priority"):
            for note in node.source_notes:
                values = {"office": node.office, "column": note["column"], "text": note["text"], "date": as_of}
                yield PipelineSource.model_validate(values)
