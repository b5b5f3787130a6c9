"""Findings of the report of the applications: values that rose from one stage to the next."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import TextClause, text

from miernik_calls.reports.nodes import Nodes
from miernik_calls.reports.pipeline_schemas import NamedApplication, PipelineFinding
from miernik_calls.reports.stages import KNOWN_APPLICATIONS
from miernik_shared.web.unit_of_work import UnitOfWork

_MOST_NAMED = 100
# Equal to the condition of an index, which makes the read of the few rising values cheap.
_RISES = "(formally_positive_value_pln > submitted_value_pln or accepted_value_pln > formally_positive_value_pln)"
# Current versions of some offices' applications in which a value rises, annulled ones left out.
_CURRENT = f"""
    select state.* from application_version state join application using (application_no)
    where state.version = application.current_version and not application.annulled
        and (cast(:offices as text[]) is null or state.office = any (:offices)) and {_RISES}
"""


def _select_rising(known: str) -> TextClause:
    """Applications among the known ones whose value rose at a stage up to a day, by office, node, stage and number."""
    return text(f"""
        with known as ({known})
        select known.office, coalesce(node_no, 0) as node_no, stage, application.id, application.number
        from known join application using (application_no)
        cross join lateral (values
            (2, 'formally_positive', formally_positive_on, formally_positive_value_pln, submitted_value_pln),
            (3, 'accepted', accepted_on, accepted_value_pln, formally_positive_value_pln)
        ) reached (stage_no, stage, effective_on, value_pln, earlier_pln)
        where effective_on <= :as_of and value_pln > earlier_pln
        order by known.office, known.node_no, stage_no, application.number
    """)


_NOW, _PAST = _select_rising(_CURRENT), _select_rising(KNOWN_APPLICATIONS)


async def find_rising_values(
    work: UnitOfWork, as_of: date, offices: Sequence[str] | None, nodes: Nodes, row_nodes: Sequence[int]
) -> list[PipelineFinding]:
    """One finding per node and stage with such applications; ``row_nodes`` are the nodes of the report's rows."""
    parameters = {"as_of": as_of, "offices": list(offices) if offices is not None else None}
    if work.known_position is None:
        rows = (await work.connection.execute(_NOW, parameters)).all()
    else:
        rows = (await work.connection.execute(_PAST, parameters | {"position": work.known_position})).all()
    wanted = set(row_nodes)
    findings: list[PipelineFinding] = []
    for (office, node_no, stage), group in groupby(rows, lambda row: (row.office, row.node_no, row.stage)):
        if node_no in wanted:
            named = [NamedApplication(id=row.id, number=row.number) for row in group]
            node = nodes[node_no].id if node_no in nodes else None
            findings.append(
                PipelineFinding(
                    code="value_above_earlier_stage",
                    office=office,
                    node=node,
                    stage=stage,
                    count=len(named),
                    applications=named[:_MOST_NAMED],
                )
            )
    return findings
