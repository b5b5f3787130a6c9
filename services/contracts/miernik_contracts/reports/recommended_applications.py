"""List of applications recommended for signing (wnioski rekomendowane do podpisania umowy).

They are accepted, and neither signed nor withdrawn nor rejected. The list is the proof of the recommended cells of the
report of financial progress.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import column, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.followers.tree import Tree
from miernik_contracts.reports.facts_on import APPLICATIONS_ON
from miernik_contracts.reports.schemas import RecommendedApplication
from miernik_shared.database import AnyRow
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest

RECOMMENDED_ORDER = Keyset(
    "recommended-applications", (column("office"), column("number"), column("id")), (str, str, str)
)
"""By office and number."""

# Applications on the list, by office and number, after the last one of the page before.
_RECOMMENDED = text(f"""
    select id, office, number, node_id, accepted_on, accepted_value_pln
    from ({APPLICATIONS_ON}) application_on
    where (ended_on is null or ended_on > :as_of)
        and (cast(:nodes as uuid[]) is null or node_id = any(:nodes))
        and (cast(:known_nodes as uuid[]) is null or node_id is null or node_id <> all(:known_nodes))
        and (cast(:after_office as text) is null
            or (office, number, cast(id as text)) > (:after_office, :after_number, :after_id))
    order by office, number, id limit :limit
""")


@dataclass(frozen=True, slots=True)
class RecommendedQuery:
    """Filters of the list: a day, a position, and an office or all.

    ``nodes`` are the nodes that the applications belong to, None for any. ``known_nodes`` selects the applications that
    belong to none of these nodes.
    """

    as_of: date
    position: int
    office: str | None = None
    nodes: Sequence[UUID] | None = None
    known_nodes: Sequence[UUID] | None = None


async def list_recommended(connection: AsyncConnection, query: RecommendedQuery, paging: PageRequest) -> PageOfRows:
    """One page, by office and number."""
    office, number, last = paging.read_cursor(RECOMMENDED_ORDER) or (None, None, None)
    parameters = {
        "as_of": query.as_of,
        "position": query.position,
        "office": query.office,
        "nodes": None if query.nodes is None else list(query.nodes),
        "known_nodes": None if query.known_nodes is None else list(query.known_nodes),
        "after_office": office,
        "after_number": number,
        "after_id": last,
        "limit": paging.limit + 1,
    }
    rows = (await connection.execute(_RECOMMENDED, parameters)).all()
    return paging.cut_page(RECOMMENDED_ORDER, rows)


def render_recommended(tree: Tree, row: AnyRow) -> RecommendedApplication:
    """View of one row, with the code of its node."""
    node = tree.nodes.get(row.node_id) if row.node_id else None
    return RecommendedApplication(
        id=row.id,
        office=row.office,
        number=row.number,
        node_id=row.node_id,
        code=node.code if node else None,
        accepted_on=row.accepted_on,
        accepted_value_pln=row.accepted_value_pln,
    )
