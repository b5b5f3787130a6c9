"""Endpoint of the applications recommended for signing."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from miernik_contracts.followers.queries import node_states
from miernik_contracts.followers.tree import Tree, build_tree
from miernik_contracts.reports.recommended_applications import (
    RecommendedQuery,
    list_recommended,
    render_recommended,
)
from miernik_contracts.reports.schemas import RecommendedApplication
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import known_at
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import UnitOfWork

router = APIRouter(prefix="/v1/recommended-applications", tags=["recommended applications"], route_class=ScopedRoute)
ListedUnitOfWork = Annotated[UnitOfWork, Depends(known_at("As it was known at that moment; as it stands by default"))]
"""Unit of work of this list."""


@router.get("", **reads("agreements:read"))
async def list_recommended_applications(
    work: ListedUnitOfWork,
    paging: Paging,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    node: Annotated[UUID | None, Query(description="Applications assigned to this node itself")] = None,
    within: Annotated[UUID | None, Query(description="Applications of this node and of all below it")] = None,
    unassigned: Annotated[bool, Query(description="Applications without a node only")] = False,
    as_of: Annotated[
        Day | None, Query(description="Day of the list (stan na dzień); today in Warsaw by default")
    ] = None,
) -> Page[RecommendedApplication]:
    """Applications recommended for signing (wnioski rekomendowane do podpisania umowy), by number, office by office.

    An application joins the list a moment after its acceptance in calls; its signing takes effect at once.
    """
    day = as_of or work.today
    tree = build_tree(await node_states(work.connection, None, work.known_position), day)
    query = RecommendedQuery(
        as_of=day,
        position=work.read_position,
        office=office,
        nodes=_select_nodes(tree, node, within),
        known_nodes=list(tree.nodes) if unassigned else None,
    )
    page = await list_recommended(work.connection, query, paging)
    return Page(items=[render_recommended(tree, row) for row in page.rows], next=page.next)


def _select_nodes(tree: Tree, node: UUID | None, within: UUID | None) -> Sequence[UUID] | None:
    """Nodes selected by the filters; None for all. Empty where ``within`` is not replicated."""
    if within is None:
        return None if node is None else [node]
    top = tree.nodes.get(within)
    return [one.id for one in tree.below(top) if node in (None, one.id)] if top else []
