"""Replication into contracts from the feed that calls really sends: programme tree and accepted applications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.builders.applications import APPLICATIONS, imported, submitted
from tests.support.services.calls_service import CallsService, running_calls
from tests.support.services.contracts_service import ContractsService, running_contracts
from tests.support.services.renamed_answers import RenamedAnswers

from miernik_calls.app import DEFINITION as CALLS
from miernik_contracts.app import DEFINITION
from miernik_contracts.followers.calls_projection import PROJECTION, apply_calls_page
from miernik_contracts.tables import tables
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.follower import ByPage, Follower
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller
from miernik_shared.web.standard_endpoints import FEED_SCOPE

EVENT_MEMBERS = ("events", "next", "position", "type", "families", "data")
NODE_MEMBERS = ("id", "office", "code", "level", "parent_id", "name", "selection_mode", "version", "valid_from")
APPLICATION_MEMBERS = (
    "applications", "number", "node_id", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on",
    "annulled",
)  # fmt: skip
LEARNT = ("programme_node_state", "application_state", "learnt_page", "contracting_rollup", "follower_cursor")
ACCEPTED = {"formally_positive_on": "2011-02-15", "formally_positive_value_pln": "900.00",
            "accepted_on": "2011-03-01", "accepted_value_pln": "800.00"}  # fmt: skip


@dataclass
class Office:
    """Both services on one database; ``follower`` brings contracts the news of calls."""

    calls: CallsService
    contracts: ContractsService
    nodes: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
async def calls_feed(module_database: DatabaseUrls) -> AsyncIterator[Office]:
    """A tree, a changed node, and applications in every state that matters, sent singly and as a list."""
    urls = module_database
    async with running_calls(urls) as calls, running_contracts(urls, wait_for_calls_seconds=0) as contracts:
        nodes = await calls.add_tree()
        changed = {"name": "Inicjatywy lokalne", "selection_mode": "competitive", "valid_from": "2011-01-01"}
        path = f"/v1/programme-nodes/{nodes['7.3']['id']}"
        ok(await calls.officer.put(path, json=changed, headers={"If-Match": '"v1"'}))
        await calls.add_organisation()
        ok(await calls.officer.post(APPLICATIONS, json=submitted("W-1", node="7.2.1") | ACCEPTED))
        ok(await calls.officer.post(APPLICATIONS, json=submitted("W-2", node="7.2.1")))
        rows = [submitted(f"L-{n}", node="7.3") | ACCEPTED for n in range(3)]
        rows[1] |= {"withdrawn_on": "2011-04-01"}
        rows[2] |= {"rejected_on": "2011-05-01"}
        await imported(calls, rows, office="04")
        wrong = ok(await calls.officer.post(APPLICATIONS, json=submitted("W-3", node="7.2.1") | ACCEPTED))
        headers = {"If-Match": '"v1"', "Idempotency-Key": "annulment"}
        reason = {"reason": "Wpisano dwa razy"}
        ok(await calls.officer.post(f"{APPLICATIONS}/{wrong['id']}/annulment", json=reason, headers=headers))
        yield Office(calls, contracts, nodes)


@pytest.fixture
async def linked(calls_feed: Office) -> Office:
    """The same, not yet replicated into contracts."""
    # In a thread: a follower that was cancelled may still be rolling back, for which it needs this one.
    await asyncio.to_thread(calls_feed.contracts.query, f"truncate {', '.join(LEARNT)}")  # type: ignore[arg-type]
    return calls_feed


@asynccontextmanager
async def following(linked: Office, **names: str) -> AsyncIterator[Follower]:
    """The follower of contracts, as its application makes it, in front of calls in this process."""
    service = linked.contracts.app.state.service
    own = Caller(DEFINITION.name, DEFINITION.name, frozenset({FEED_SCOPE}))
    client = ServiceClient("calls", "http://calls", service.signer, own, RenamedAnswers(linked.calls.app, names))
    apply = ByPage(apply_calls_page, service.signal.announce)
    follower = Follower(PROJECTION.name, client, service.engine, tables.change_log, apply)
    running = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()


async def eventually(holds: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def learnt_nodes(linked: Office) -> list[tuple[Any, ...]]:
    return linked.contracts.query("""
        select id::text, office, code, level, parent_id::text, name, selection_mode, version, valid_from::text
        from programme_node_state order by code, version
    """)


def learnt_applications(linked: Office) -> list[tuple[Any, ...]]:
    return linked.contracts.query("""
        select number, office, node_id::text, accepted_on::text, accepted_value_pln::text, withdrawn_on::text,
            rejected_on::text, annulled
        from application_state order by number, learnt_at
    """)


def expected_applications(linked: Office) -> list[tuple[Any, ...]]:
    accepted = ("2011-03-01", "800.00")
    of_7_3, of_7_2_1 = linked.nodes["7.3"]["id"], linked.nodes["7.2.1"]["id"]
    return [
        ("L-0", "04", of_7_3, *accepted, None, None, False),
        ("L-1", "04", of_7_3, *accepted, "2011-04-01", None, False),
        ("L-2", "04", of_7_3, *accepted, None, "2011-05-01", False),
        ("W-1", "04", of_7_2_1, *accepted, None, None, False),
        ("W-2", "04", of_7_2_1, None, None, None, None, False),
        ("W-3", "04", of_7_2_1, *accepted, None, None, False),
        ("W-3", "04", of_7_2_1, *accepted, None, None, True),
    ]


def expected_nodes(linked: Office) -> list[tuple[Any, ...]]:
    first = [tuple(node[name] for name in NODE_MEMBERS) for node in linked.nodes.values()]
    changed = linked.nodes["7.3"] | {
        "name": "Inicjatywy lokalne", "selection_mode": "competitive", "version": 2, "valid_from": "2011-01-01",
    }  # fmt: skip
    return sorted([*first, tuple(changed[name] for name in NODE_MEMBERS)], key=lambda row: (row[2], row[7]))


async def test_the_follower_understands_every_event(linked: Office) -> None:
    async with following(linked) as follower:
        assert await eventually(lambda: follower.connected)
        assert learnt_nodes(linked) == expected_nodes(linked)
        assert learnt_applications(linked) == expected_applications(linked)
        assert follower.failure is None


@pytest.mark.parametrize("member", sorted({*EVENT_MEMBERS, *NODE_MEMBERS, *APPLICATION_MEMBERS}))
async def test_a_renamed_member_of_the_feed_is_noticed(linked: Office, member: str) -> None:
    async with following(linked, **{member: f"{member}_renamed"}):
        assert not await eventually(lambda: learnt_applications(linked) == expected_applications(linked), seconds=0.4)


def test_calls_lets_contracts_follow_its_feed_and_do_nothing_else() -> None:
    assert CALLS.allowed_callers["contracts"] == frozenset({FEED_SCOPE})


async def test_what_calls_accepts_is_recommended_until_it_is_signed_here(linked: Office) -> None:
    contracts = linked.contracts
    async with following(linked):
        assert await eventually(lambda: len(learnt_applications(linked)) == 7)
        await contracts.add_rate("4", "2007-01-01")
        await contracts.grant(linked.nodes["7.2"]["id"], "1000")
        stage = {"stage": "formally_positive", "effective_on": "2011-02-20", "value_pln": "700.00"}
        known = ok(await linked.calls.officer.get(APPLICATIONS, params={"number": "W-2"}))["items"][0]
        path = f"{APPLICATIONS}/{known['id']}/stages"
        for number, name in enumerate(("formally_positive", "accepted"), 1):
            body, match = stage | {"stage": name}, {"If-Match": f'"v{number}"'}
            ok(await linked.calls.officer.post(path, json=body, headers=match))
        reached = ("2011-02-20", "700.00")
        assert await eventually(lambda: reached in {one[3:5] for one in learnt_applications(linked)})
        await contracts.signed("U-1", None, "700.00", application_id=known["id"])
        query = {"as_of": "2011-03-31", "measure": "7.2"}
        rows = ok(await contracts.officer.get("/v1/reports/contracting", params=query))["rows"]
        figures = {row["code"]: (row["signed"]["number"], row["recommended"]["number"]) for row in rows}
        assert figures == {"7.2.1": (1, 1), "7.2.2": (None, None), None: (1, 1)}
