"""The report of the applications by stage, cumulative since the programme began.

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
from miernik_calls.reports.nodes import Node, Nodes, belongs_to, headings_of, measures_of, nodes_known, with_ancestors
from miernik_calls.reports.offices import office_of, offices_in, refuse_unknown
from miernik_calls.reports.pipeline_findings import pipeline_findings
from miernik_calls.reports.pipeline_schemas import PipelineReport, PipelineRow, PipelineSource, StageCell
from miernik_calls.reports.stages import StageSum, stage_sums
from miernik_shared.values.offices import ALL_OFFICES
from miernik_shared.web.proofs import proof
from miernik_shared.web.report_bounds import list_years
from miernik_shared.web.work import Work

UNASSIGNED = 0
_BOUNDS = text("""
    select office, min(effective_on) as first_on, max(effective_on) as last_on
    from pipeline_rollup where number <> 0 group by office order by office
""")


@dataclass(frozen=True, slots=True)
class PipelineQuestion:
    """What is asked for: a day, an office, a measure."""

    as_of: date
    office: str | None
    measure: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Applications of one stage: how many, and their value."""

    number: int = 0
    value_pln: Decimal = Decimal("0.00")

    def __add__(self, other: "Cell | StageSum") -> "Cell":
        return Cell(self.number + other.number, self.value_pln + other.value_pln)


Cells = Mapping[Stage, Cell]
Places = Mapping[tuple[str, int], Cells]
"""By office and node (0 for none). What no application is known of is not in it."""


class Prove(Protocol):
    """The address of the applications at a place, or of those of them that reached a stage."""

    def __call__(self, stage: Stage | None = None, **place: str | None) -> str: ...


async def pipeline_report(work: Work, question: PipelineQuestion) -> PipelineReport:
    """The report. With a measure, only what hangs on it or below. Raises 422 for an unknown office or measure."""
    position = work.read_position
    office = office_of(work, question.office)
    offices = offices_in(office)
    nodes = await nodes_known(work.connection, question.as_of, position, offices)
    await refuse_unknown(work, "pipeline", office, question.measure, nodes, position)
    places = _places(await stage_sums(work.connection, question.as_of, work.known_position, offices))
    shown = list(_shown(nodes, places, question.measure))
    prove = partial(_proof, work, question.as_of)
    rows = [
        row
        for one in _offices(office, nodes, places)
        for row in _rows(one, question.measure, shown, nodes, places, prove)
    ]
    return PipelineReport(
        as_of=question.as_of,
        known_at=work.requested_known_at,
        position=position,
        office=office,
        headings=headings_of(nodes, [node_no for _, node_no in shown]),
        rows=rows,
        sources=list(_sources(question.as_of, shown, nodes, places)),
        findings=await pipeline_findings(work, question.as_of, offices, nodes, [node_no for _, node_no in shown]),
    )


async def pipeline_bounds(work: Work) -> ReportBounds:
    """First and last day on which an application reached a stage; offices with a tree or with applications."""
    found = {row.office: row for row in await work.connection.execute(_BOUNDS)}
    nodes = await nodes_known(work.connection, work.today, work.position, None)
    first_on = min((row.first_on for row in found.values()), default=None)
    last_on = max((row.last_on for row in found.values()), default=None)
    return ReportBounds(
        first_on=first_on,
        last_on=last_on,
        offices=[BoundsOffice(code=code) for code in sorted({*found, *(node.office for node in nodes.values())})],
        measures=measures_of(nodes),
        years=list_years(first_on, last_on),
        position=work.position,
    )


def _places(sums: Sequence[StageSum]) -> Places:
    """Calls put together: a row is a node's, whatever call its applications answer."""
    places: dict[tuple[str, int], dict[Stage, Cell]] = {}
    for one in sums:
        cells = places.setdefault((one.office, one.node_no), dict.fromkeys(STAGES, Cell()))
        cells[one.stage] += one
    return places


def _offices(asked: str, nodes: Nodes, places: Places) -> list[str]:
    if asked != ALL_OFFICES:
        return [asked]
    return sorted({*(node.office for node in nodes.values()), *(office for office, _ in places)})


def _shown(nodes: Nodes, places: Places, measure: str | None) -> Iterator[tuple[str, int]]:
    """Leaves, and whatever has applications of its own, in order of the codes; what belongs to no node last."""
    parents = {node.parent_no for node in nodes.values()}
    for node_no, node in nodes.items():
        is_leaf = node_no not in parents and node.level in ("measure", "sub_measure")
        wanted = measure is None or belongs_to(nodes, node_no, measure)
        if wanted and (is_leaf or (node.office, node_no) in places):
            yield node.office, node_no
    if measure is None:
        yield from sorted(place for place in places if place[1] == UNASSIGNED)


def _rows(
    office: str,
    measure: str | None,
    shown: Sequence[tuple[str, int]],
    nodes: Nodes,
    places: Places,
    prove: Prove,
) -> Iterator[PipelineRow]:
    """The rows of one office and their total. Offices are never mixed in a row."""
    own = [place for place in shown if place[0] == office]
    for place in own:
        yield _row(office, nodes.get(place[1]), nodes, places.get(place), prove)
    known = [places[place] for place in own if place in places]
    total: Cells | None = {stage: sum((cells[stage] for cells in known), Cell()) for stage in STAGES} if known else None
    yield PipelineRow(
        office=office, kind="total", node_id=None, code=None, level=None, name=None, measure=None, directly_on=None,
        complete=len(known) == len(own) > 0, **_cells(total, partial(prove, office=office, node=measure)),
    )  # fmt: skip


def _row(office: str, node: Node | None, nodes: Nodes, cells: Cells | None, prove: Prove) -> PipelineRow:
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
        **_cells(cells, own),
    )


def _has_nodes_below(nodes: Nodes, node: Node) -> bool:
    return any(one.parent_no == node.node_no for one in nodes.values())


def _cells(cells: Cells | None, prove: Prove) -> dict[str, Any]:
    """What a row says of the stages, with the addresses of the applications behind them."""
    figures = cells or dict.fromkeys(STAGES)
    shown: dict[str, Any] = {
        stage: StageCell(
            number=cell.number if cell else None, value_pln=cell.value_pln if cell else None, proof=prove(stage)
        )
        for stage, cell in figures.items()
    }
    return shown | {"proof": prove()}


def _proof(work: Work, as_of: date, stage: Stage | None = None, **place: str | None) -> str:
    return proof(work, "/v1/applications", **place, stage=stage, as_of=as_of)


def _sources(as_of: date, shown: Sequence[tuple[str, int]], nodes: Nodes, places: Places) -> Iterator[PipelineSource]:
    """The notes of the programme and the priorities above the rows, of offices that something is known of."""
    above = {one.node_no for _, node_no in shown for one in with_ancestors(nodes, node_no)}
    known = {place[0] for place in shown if place in places}
    for node_no, node in nodes.items():
        if node_no in above and node.office in known and node.level in ("programme", "priority"):
            for note in node.source_notes:
                values = {"office": node.office, "column": note["column"], "text": note["text"], "date": as_of}
                yield PipelineSource.model_validate(values)
