"""Waiting a moment for what was just registered in calls and has not arrived here yet."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from miernik_contracts.programme.queries import NodeState, nodes_around
from miernik_contracts.programme.tree import Tree, build_tree
from miernik_contracts.settings import ContractsSettings
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.unit_of_work import UnitOfWork

Found = TypeVar("Found")
_LOOK_EVERY = 0.05


async def learnt(work: UnitOfWork, find: Callable[[], Awaitable[Found | None]]) -> Found | None:
    """What ``find`` finds, asked again for the time of ``wait_for_calls_seconds``.

    A client that writes to two services in a row must not have to know how news travel between them.
    """
    settings = work.service.settings
    assert isinstance(settings, ContractsSettings)  # noqa: S101 - this service is built with these settings
    deadline = asyncio.get_running_loop().time() + settings.wait_for_calls_seconds
    # The news arrive in the database, through whichever replica follows the feed.
    while (found := await find()) is None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY)
    return found


async def tree_with(work: UnitOfWork, node_id: UUID) -> tuple[Tree, NodeState]:
    """The tree of the node's office, and the node. Raises 422 for a node that was not learnt."""
    states = await learnt(work, lambda: nodes_around(work.connection, node_id))
    if states is None:
        raise Problem(422, "request_invalid", errors=[FieldError("/node_id", "node_unknown")])
    tree = build_tree(states)
    return tree, tree.nodes[node_id]
