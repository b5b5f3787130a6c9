"""The office's latest list once more: it does nothing only while all that its words stand for is what it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from tests.support.answers import ok
from tests.support.builders.applications import add, fold, imported, list_of, problems, rollup, send, stored, submitted
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CALLS, NODES, ORGANISATIONS, CallsService, call, calls_on_a_copy, node

from miernik_local.provision import DatabaseUrls

NIP = "8567346215"
NUMBER = "1/7.2/POKL/2011"
LATER = {"If-Match": '"v1"'}


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


@asynccontextmanager
async def held_at_the_sums(service: CallsService, sending: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """A list that has been read and checked, and waits for the sums, which somebody else holds for the block."""
    with psycopg.connect(service.urls.superuser) as other:
        other.execute("select from calls.pipeline_rollup for update")
        waiting = asyncio.create_task(sending)
        waits = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        async with asyncio.timeout(20):
            while not service.query(waits):  # noqa: ASYNC110 - a lock offers no event
                await asyncio.sleep(0.01)
        yield waiting
    await waiting


async def give_away_the_nip(service: CallsService, holder: dict[str, Any], taker: dict[str, Any]) -> None:
    for one, nip in ((holder, None), (taker, NIP)):
        body = {"name": one["name"], "nip": nip}
        ok(await service.officer.put(f"{ORGANISATIONS}/{one['id']}", json=body, headers=LATER))


async def test_an_applicant_is_who_has_the_number_now(service: CallsService) -> None:
    first, second = await service.add_organisation(nip=NIP), await service.add_organisation("Gmina Osie")
    rows = [submitted("A", organisation=NIP)]
    await imported(service, rows)
    await give_away_the_nip(service, first, second)
    assert (await send(service, list_of(rows), dry_run="true")).json()["changed"] == 1
    again = await imported(service, rows)
    assert (again["replayed"], again["changed"]) == (False, 1)
    assert (await stored(service))["A"]["organisation"] == second["id"]
    assert (await imported(service, rows))["replayed"]


async def test_a_number_that_a_second_organisation_took_names_neither(service: CallsService) -> None:
    await service.add_organisation(nip=NIP)
    rows = [submitted("A", organisation=NIP)]
    await imported(service, rows)
    await service.add_organisation("Gmina Osie", nip=NIP)
    again = await send(service, list_of(rows))

    assert (again.status_code, problems(again)) == (422, [(2, "organisation", "application_organisation_ambiguous")])


async def test_change_during_an_import_takes_effect_at_the_next_import(service: CallsService) -> None:
    first, second = await service.add_organisation(nip=NIP), await service.add_organisation("Gmina Osie")
    one = await service.add_call(number=NUMBER, node="7.2.1")
    await imported(service, [submitted("A", call=NUMBER)])
    rows = [submitted("B", call=NUMBER, organisation=NIP)]
    async with held_at_the_sums(service, send(service, list_of(rows))) as sending:
        body = call(number=NUMBER, node="7.2.2")
        ok(await service.officer.put(f"{CALLS}/{one['id']}", json=body, headers=LATER))
        await give_away_the_nip(service, first, second)
    # As if the list had come first: neither moves an application.
    assert ok(await sending)["created"] == 1
    found = (await stored(service))["B"]
    assert (found["node"], found["organisation"]) == ("7.2.1", first["id"])
    again = await imported(service, rows)
    assert (again["replayed"], again["changed"]) == (False, 1)
    found = (await stored(service))["B"]
    assert (found["node"], found["organisation"]) == ("7.2.2", second["id"])
    assert (await imported(service, rows))["replayed"]
    assert rollup(service) == fold(service)


async def test_unrelated_change_leaves_a_list_a_replay(service: CallsService) -> None:
    rows = [submitted("A", node="7.3")]
    await imported(service, rows)
    path = f"{NODES}/{(await stored(service))['A']['node_id']}"
    renamed = {name: value for name, value in node("7.3", "measure").items() if name not in ("code", "level", "parent")}
    ok(await service.officer.put(path, json=renamed | {"name": "Integracja"}, headers=LATER))
    await service.add_node("7.4", "measure", "VII")
    await add(service, number="A", office="32")

    assert (await imported(service, rows))["replayed"]
