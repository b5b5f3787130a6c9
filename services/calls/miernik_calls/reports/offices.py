"""The office of a report: one voivodeship, or all offices of the installation beside each other."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import text

from miernik_calls.reports.nodes import Nodes
from miernik_shared.problems import invalid
from miernik_shared.values.offices import ALL_OFFICES, OfficeOrAll
from miernik_shared.web.work import Work

OfficeText = Annotated[
    OfficeOrAll | None,
    Query(description="TERYT code of a voivodeship, or PL for all offices; the home one by default"),
]

_KNOWN = text("""
    select exists (select from programme_node where office = :office and position <= :position)
        or exists (select from call where office = :office and position <= :position)
        or exists (
            select from application join application_version using (application_no)
            where application.office = :office and version = 1 and position <= :position)
""")


def office_of(work: Work, asked: str | None) -> str:
    """What the report is for; nothing asked for is the home office, in which no other is ever mixed."""
    return asked or work.service.settings.home_voivodeship


def offices_in(office: str) -> list[str] | None:
    """The offices to read; ``None`` means all."""
    return None if office == ALL_OFFICES else [office]


async def refuse_unknown(
    work: Work, report: str, office: str, measure: str | None, nodes: Nodes, position: int
) -> None:
    """Raises 422 for an office that nothing is known of at the position, and for a code that no node has: what does not
    exist must not look like what was not reported. ``nodes`` are those of the office.

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
