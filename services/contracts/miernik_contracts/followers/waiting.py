"""Short wait for a node or an application that was just registered in calls and has not been replicated yet."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from miernik_contracts.followers.queries import nodes_around
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree, build_tree
from miernik_contracts.settings import ContractsSettings
from miernik_shared.problems import invalid
from miernik_shared.web.unit_of_work import UnitOfWork

Found = TypeVar("Found")
_POLL_SECONDS = 0.05


async def wait_until_replicated(work: UnitOfWork, find: Callable[[], Awaitable[Found | None]]) -> Found | None:
    """Result of ``find``, polled for up to ``wait_for_calls_seconds``; None if it finds nothing in that time.

    A client that writes to two services in a row need not know about replication lag.
    """
    settings = work.service.settings
    assert isinstance(settings, ContractsSettings)  # noqa: S101 - this service is built with these settings
    deadline = asyncio.get_running_loop().time() + settings.wait_for_calls_seconds
    # Polled from the database, since any process of the service may be the one that follows the feed.
    while (found := await find()) is None and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_POLL_SECONDS)
    return found


async def load_tree_with(work: UnitOfWork, node_id: UUID) -> tuple[Tree, NodeState]:
    """Tree of the node's office, and the node. Raises 422 for a node that is not replicated within the wait."""
    states = await wait_until_replicated(work, lambda: nodes_around(work.connection, node_id))
    if states is None:
        raise invalid("/node_id", "node_unknown")
    tree = build_tree(states)
    return tree, tree.nodes[node_id]
