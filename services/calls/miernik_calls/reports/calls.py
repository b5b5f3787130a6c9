"""Report of the calls for proposals.

Reproduces the slides "Konkursy w 2011 r." (17-19). An example row::

    7.2.1 | Drugi konkurs zamknięty | closes 2011-08-12 | 14 618 532,07 | 108 applications, 92 406 118,61
        | agreements planned for 2011-12 to 2012-01
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text

from miernik_calls.calls.rules import month_of
from miernik_calls.reports.bounds import BoundsOffice, ReportBounds
from miernik_calls.reports.calls_schemas import CallApplications, CallReport, CallRow, PlannedSigning, UndatedCalls
from miernik_calls.reports.nodes import Node, Nodes, belongs_to, list_headings, list_measures, read_nodes
from miernik_calls.reports.offices import choose_office, office_filter, refuse_unknown_filters
from miernik_calls.reports.stages import read_stage_sums
from miernik_shared.database import AnyRow
from miernik_shared.web.proofs import build_proof_url
from miernik_shared.web.unit_of_work import UnitOfWork

_YEAR = "extract(year from coalesce(closes_on, announced_on, planned_signing_from))::integer"
# Calls of some offices as known at a position and valid on a day, each with its year.
_CALLS = text(f"""
    select *, {_YEAR} as year from (
        select distinct on (call_no) call.id, call.office, version.*
        from call join call_version version using (call_no)
        where version.position <= :position and version.valid_from <= :as_of
            and (cast(:offices as text[]) is null or call.office = any (:offices))
        order by call_no, version.version desc
    ) known
""")
# First and last day, offices and years of all calls.
_BOUNDS = text(f"""
    select min(valid_from) as first_on,
        greatest(max(valid_from), (select max(effective_on) from pipeline_rollup where call_no <> 0 and number <> 0))
            as last_on,
        (select coalesce(array_agg(office order by office), '{{}}') from (select distinct office from call) found)
            as offices,
        (
            select coalesce(array_agg(year order by year), '{{}}') from (
                select distinct {_YEAR} as year
                from (select distinct on (call_no) * from call_version order by call_no, version desc) latest
            ) dated where year is not null
        ) as years
    from call_version
""")


@dataclass(frozen=True, slots=True)
class CallReportQuery:
    """Parameters of the report: a day, an office, a measure, a year.

    A call belongs to the year in which it closes; while that is unknown, to the year of its announcement, else of the
    planned signing. A call without any day belongs to no year.
    """

    as_of: date
    office: str | None
    measure: str | None
    year: int | None


async def build_call_report(work: UnitOfWork, query: CallReportQuery) -> CallReport:
    """Build the report.

    A call is listed from the day on which its first version becomes valid. Raises 422 for an unknown office or measure.
    """
    position = work.read_position
    office = choose_office(work, query.office)
    offices = office_filter(office)
    nodes = await read_nodes(work.connection, query.as_of, position, offices)
    await refuse_unknown_filters(work, "calls", office, query.measure, nodes, position)
    parameters = {"as_of": query.as_of, "position": position, "offices": offices}
    found = (await work.connection.execute(_CALLS, parameters)).all()
    of_measure = [call for call in found if not query.measure or belongs_to(nodes, call.node_no, query.measure)]
    calls = [call for call in of_measure if query.year in (None, call.year)]
    submitted = await _sum_submitted(work, query.as_of, offices)
    return CallReport(
        as_of=query.as_of,
        known_at=work.requested_known_at,
        position=position,
        office=office,
        year=query.year,
        undated=_count_undated(of_measure) if query.year is not None else [],
        headings=list_headings(nodes, [call.node_no for call in calls]),
        rows=[
            _render_row(work, query.as_of, call, nodes.get(call.node_no), submitted.get(call.call_no))
            for call in sorted(calls, key=lambda call: _sort_key(call, nodes))
        ],
    )


async def read_call_bounds(work: UnitOfWork) -> ReportBounds:
    """Known values of the filters: first and last day, years of the calls, offices with a tree or with calls.

    The days extend from the first valid call to the latest change or application.
    """
    row = (await work.connection.execute(_BOUNDS)).one()
    nodes = await read_nodes(work.connection, work.today, work.position, None)
    return ReportBounds(
        first_on=row.first_on,
        last_on=row.last_on,
        offices=[BoundsOffice(code=code) for code in sorted({*row.offices, *(node.office for node in nodes.values())})],
        measures=list_measures(nodes),
        years=row.years,
        position=work.position,
    )


async def _sum_submitted(work: UnitOfWork, as_of: date, offices: list[str] | None) -> dict[int, CallApplications]:
    """Submitted applications by call, over all nodes. Calls without applications are omitted."""
    sums: dict[int, CallApplications] = {}
    for one in await read_stage_sums(work.connection, as_of, work.known_position, offices):
        if one.stage == "submitted" and one.call_no:
            known = sums.get(one.call_no, CallApplications(number=0, value_pln=Decimal()))
            sums[one.call_no] = CallApplications(
                number=known.number + one.number, value_pln=known.value_pln + one.value_pln
            )
    return sums


def _count_undated(calls: Iterable[AnyRow]) -> list[UndatedCalls]:
    """Number of calls without any date by office; offices without such calls are omitted."""
    return [
        UndatedCalls(office=office, number=number)
        for office, number in sorted(Counter(call.office for call in calls if call.year is None).items())
    ]


def _sort_key(call: AnyRow, nodes: Nodes) -> tuple[str, int, str, date, int]:
    """Sort key: code of the node, then closing day.

    Calls of a priority follow those of its measures; calls of no node are last.
    """
    node = nodes.get(call.node_no)
    rank = 2 if node is None else 0 if node.level in ("measure", "sub_measure") else 1
    day = call.closes_on or call.announced_on or date.max
    return call.office, rank, node.sort_key if node else "", day, call.call_no


def _render_row(
    work: UnitOfWork, as_of: date, call: AnyRow, node: Node | None, submitted: CallApplications | None
) -> CallRow:
    if submitted is None and call.applications_complete:
        submitted = CallApplications(number=0, value_pln=Decimal("0.00"))
    return CallRow(
        call_id=call.id,
        office=call.office,
        node_id=node.id if node else None,
        code=node.code if node else None,
        node_name=node.name if node else None,
        level=node.level if node else None,
        number=call.number,
        title=call.title,
        theme=call.theme,
        project_type=call.project_type,
        kind=call.kind,
        announced_on=call.announced_on,
        closes_on=call.closes_on,
        budget_pln=call.budget_pln,
        applications=submitted,
        planned_signing=_planned_signing(call),
        proof=build_proof_url(work, "/v1/applications", call=call.id, stage="submitted", as_of=as_of),
    )


def _planned_signing(call: AnyRow) -> PlannedSigning | None:
    first = month_of(call.planned_signing_from)
    last = month_of(call.planned_signing_to) or first
    return PlannedSigning.model_validate({"from": first, "to": last}) if first else None
