"""Bounds of the reports: first and last day with figures, offices, measures."""

from sqlalchemy import text

from miernik_contracts.followers.queries import node_states
from miernik_contracts.followers.tree import build_tree
from miernik_contracts.reports.schemas import BoundsMeasure, BoundsOffice, ReportBounds
from miernik_shared.values.years import list_years
from miernik_shared.web.unit_of_work import UnitOfWork

# First and last day with figures, by office.
_DAYS = text("""
    select office, min(effective_on) as first_on, max(effective_on) as last_on
    from contracting_rollup where number <> 0 or value_pln <> 0 group by office order by office
""")


async def report_bounds(work: UnitOfWork) -> ReportBounds:
    """Days and years with figures, offices with figures or a programme, and all measures."""
    tree = build_tree(await node_states(work.connection))
    days = (await work.connection.execute(_DAYS)).all()
    offices = sorted({node.office for node in tree.nodes.values()} | {row.office for row in days})
    measures = [node for node in tree.in_order() if node.level == "measure"]
    first_on = min((row.first_on for row in days), default=None)
    last_on = max((row.last_on for row in days), default=None)
    return ReportBounds(
        first_on=first_on,
        last_on=last_on,
        offices=[BoundsOffice(code=office, name=None) for office in offices],
        measures=[BoundsMeasure(code=node.code, name=node.name, office=node.office) for node in measures],
        years=list_years(first_on, last_on),
        position=work.position,
    )
