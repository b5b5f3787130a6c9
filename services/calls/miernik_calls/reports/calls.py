"""The report of the calls for proposals.

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
from miernik_calls.reports.nodes import Node, Nodes, belongs_to, headings_of, measures_of, nodes_known
from miernik_calls.reports.offices import office_of, offices_in, refuse_unknown
from miernik_calls.reports.stages import stage_sums
from miernik_shared.database import AnyRow
from miernik_shared.web.proofs import proof
from miernik_shared.web.work import Work

_YEAR = "extract(year from coalesce(closes_on, announced_on, planned_signing_from))::integer"
_CALLS = text(f"""
    select *, {_YEAR} as year from (
        select distinct on (call_no) call.id, call.office, version.*
        from call join call_version version using (call_no)
        where version.position <= :position and version.valid_from <= :as_of
            and (cast(:offices as text[]) is null or call.office = any (:offices))
        order by call_no, version.version desc
    ) known
""")
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
class CallsQuestion:
    """What is asked for: a day, an office, a measure, a year.

    A call belongs to the year in which it closes; while that is not known, to that of its announcement, else of the
    planned signing. One without any day is in no year.
    """

    as_of: date
    office: str | None
    measure: str | None
    year: int | None


async def call_report(work: Work, question: CallsQuestion) -> CallReport:
    """The report. A call is shown from the day on from which its first version stands. Raises 422 for an unknown office
    or measure."""
    position = work.read_position
    office = office_of(work, question.office)
    offices = offices_in(office)
    nodes = await nodes_known(work.connection, question.as_of, position, offices)
    await refuse_unknown(work, "calls", office, question.measure, nodes, position)
    parameters = {"as_of": question.as_of, "position": position, "offices": offices}
    found = (await work.connection.execute(_CALLS, parameters)).all()
    asked = [call for call in found if not question.measure or belongs_to(nodes, call.node_no, question.measure)]
    calls = [call for call in asked if question.year in (None, call.year)]
    submitted = await _submitted(work, question.as_of, offices)
    return CallReport(
        as_of=question.as_of,
        known_at=work.requested_known_at,
        position=position,
        office=office,
        year=question.year,
        undated=_undated(asked) if question.year is not None else [],
        headings=headings_of(nodes, [call.node_no for call in calls]),
        rows=[
            _row(work, question.as_of, call, nodes.get(call.node_no), submitted.get(call.call_no))
            for call in sorted(calls, key=lambda call: _order(call, nodes))
        ],
    )


async def call_bounds(work: Work) -> ReportBounds:
    """Days from the first call that stood to the latest change or application; years that calls belong to; offices
    with a tree or with calls."""
    row = (await work.connection.execute(_BOUNDS)).one()
    nodes = await nodes_known(work.connection, work.today, work.position, None)
    return ReportBounds(
        first_on=row.first_on,
        last_on=row.last_on,
        offices=[BoundsOffice(code=code) for code in sorted({*row.offices, *(node.office for node in nodes.values())})],
        measures=measures_of(nodes),
        years=row.years,
        position=work.position,
    )


async def _submitted(work: Work, as_of: date, offices: list[str] | None) -> dict[int, CallApplications]:
    """By call. A call that none is known of is not in it. Its applications may hang on several nodes."""
    sums: dict[int, CallApplications] = {}
    for one in await stage_sums(work.connection, as_of, work.known_position, offices):
        if one.stage == "submitted" and one.call_no:
            known = sums.get(one.call_no, CallApplications(number=0, value_pln=Decimal()))
            sums[one.call_no] = CallApplications(
                number=known.number + one.number, value_pln=known.value_pln + one.value_pln
            )
    return sums


def _undated(calls: Iterable[AnyRow]) -> list[UndatedCalls]:
    """How many calls of an office have no day, where there are any."""
    return [
        UndatedCalls(office=office, number=number)
        for office, number in sorted(Counter(call.office for call in calls if call.year is None).items())
    ]


def _order(call: AnyRow, nodes: Nodes) -> tuple[str, int, str, date, int]:
    """By code; calls of a whole priority after those of its measures, those of no node last; then by closing day."""
    node = nodes.get(call.node_no)
    rank = 2 if node is None else 0 if node.level in ("measure", "sub_measure") else 1
    day = call.closes_on or call.announced_on or date.max
    return call.office, rank, node.sort_key if node else "", day, call.call_no


def _row(work: Work, as_of: date, call: AnyRow, node: Node | None, submitted: CallApplications | None) -> CallRow:
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
        planned_signing=_planned(call),
        proof=proof(work, "/v1/applications", call=call.id, stage="submitted", as_of=as_of),
    )


def _planned(call: AnyRow) -> PlannedSigning | None:
    first = month_of(call.planned_signing_from)
    last = month_of(call.planned_signing_to) or first
    return PlannedSigning.model_validate({"from": first, "to": last}) if first else None
