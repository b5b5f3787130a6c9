"""Office of a report: one voivodeship, or all offices of the installation side by side."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import text

from miernik_calls.reports.nodes import Nodes
from miernik_shared.problems import invalid
from miernik_shared.values.offices import ALL_OFFICES, OfficeOrAll
from miernik_shared.web.unit_of_work import UnitOfWork

OfficeText = Annotated[
    OfficeOrAll | None,
    Query(description="TERYT code of a voivodeship, or PL for all offices; the home one by default"),
]

# Whether an office has a node, a call or an application by a position; one annulled by then does not count.
_KNOWN = text("""
    select exists (select from programme_node where office = :office and position <= :position)
        or exists (select from call where office = :office and position <= :position)
        or exists (
            select from application_version first
            where office = :office and version = 1 and position <= :position and not exists (
                select from application_version later
                where later.application_no = first.application_no and later.annulled and later.position <= :position))
""")


def choose_office(work: UnitOfWork, requested: str | None) -> str:
    """The requested office; by default the home office alone, never mixed with others."""
    return requested or work.service.settings.home_voivodeship


def office_filter(office: str) -> list[str] | None:
    """Offices to read; ``None`` means all."""
    return None if office == ALL_OFFICES else [office]


async def refuse_unknown_filters(
    work: UnitOfWork, report: str, office: str, measure: str | None, nodes: Nodes, position: int
) -> None:
    """Raise 422 for an office without data at the position, and for a code that none of its ``nodes`` has.

    A missing office must not look like one that reported nothing.

    The home office is never refused: its table is empty before anything is known.
    """
    home = work.service.settings.home_voivodeship
    if not nodes and office not in (home, ALL_OFFICES):
        known = await work.connection.execute(_KNOWN, {"office": office, "position": position})
        if not known.scalar_one():
            raise invalid("/query/office", "report_office_unknown", value=office, listed=f"/v1/reports/{report}/bounds")
    if measure is not None and all(node.code != measure for node in nodes.values()):
        listed = "/v1/programme-nodes" if office == ALL_OFFICES else f"/v1/programme-nodes?office={office}"
        raise invalid("/query/measure", "report_measure_unknown", value=measure, listed=listed)
