"""Writers of the same applications at once: nothing is lost, and the sums are those of the facts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import APPLICATIONS, add, fold, list_of, reach, rollup, send, submitted
from tests.support.databases.open_writer import append_change, insert_application, open_writer, until_blocked
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls

NODES = ("7.1.1", "7.2.1", "7.2.2", "7.3", None)


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


def rows(numbers: range, chance: random.Random) -> list[dict[str, Any]]:
    made = []
    for number in numbers:
        value = Decimal(chance.randrange(10**7)).scaleb(-2)
        row = submitted(f"WND-{number:03d}", node=chance.choice(NODES), submitted_value_pln=value)
        if chance.random() < 0.5:
            row |= {"formally_positive_on": "2011-03-01", "formally_positive_value_pln": value}
        made.append(row)
    chance.shuffle(made)
    return made


async def assert_whole(service: CallsService) -> None:
    """Sums equal the facts; versions are dense; every version but the first followed one that stood."""
    assert rollup(service) == fold(service)
    gaps = service.query("""
        select application_no from application_version group by application_no
        having count(*) <> max(version) or max(version) <> (
            select current_version from application pointer
            where pointer.application_no = application_version.application_no)
    """)
    assert gaps == []
    orphans = service.query("""
        select number from application where application_no not in (select application_no from application_version)
    """)
    assert orphans == []


@pytest.mark.parametrize("seed", range(3))
async def test_lists_that_overlap_wait_for_each_other(service: CallsService, seed: int) -> None:
    chance = random.Random(seed)
    lists = [rows(range(start, start + 60), chance) for start in (0, 20, 40, 0, 30)]
    answers = await asyncio.gather(*(send(service, list_of(one)) for one in lists))

    assert [answer.status_code for answer in answers] == [201] * 5
    assert sum(answer.json()["created"] for answer in answers) == 100
    await assert_whole(service)


@pytest.mark.parametrize("seed", range(3))
async def test_a_list_beside_single_writes_loses_nothing(service: CallsService, seed: int) -> None:
    chance = random.Random(seed)
    ones = [await add(service, number=f"WND-{number:03d}", node="7.3") for number in range(30)]

    async def single(one: dict[str, Any]) -> httpx.Response:
        await asyncio.sleep(chance.random() / 20)
        if chance.random() < 0.5:
            return await reach(service, one, "formally_positive", "2011-02-15", "5.00")
        return await service.officer.put(
            f"{APPLICATIONS}/{one['id']}", json={"node": "7.2.1", "title": "Z osobna"}, headers={"If-Match": '"v1"'}
        )

    lists = (list_of(rows(range(60), chance)) for _ in range(3))
    answers = await asyncio.gather(*map(single, ones), *(send(service, one) for one in lists))
    # A single write either came first, or saw that somebody else had: it is told, not overwritten in silence.
    assert {answer.status_code for answer in answers[:30]} <= {200, 201, 412, 422}
    assert [answer.status_code for answer in answers[30:]] == [201] * 3
    written = sum(answer.is_success for answer in answers[:30])
    recorded = service.query("select count(*) from application_version where import_no is null and version > 1")
    assert recorded == [(written,)]
    await assert_whole(service)


async def test_two_who_register_one_number_make_one_application(service: CallsService) -> None:
    singles = (service.officer.post(APPLICATIONS, json=submitted(node="7.3")) for _ in range(4))
    answers = await asyncio.gather(*singles, *(send(service, list_of([submitted()]), office="04") for _ in range(2)))
    created = [answer for answer in answers[:4] if answer.status_code == 201]

    assert len(created) <= 1
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert ok(await service.officer.get(APPLICATIONS))["items"][0]["number"] == "WND-1"
    assert service.row_counts()["application"] == 1
    await assert_whole(service)


async def test_of_those_who_register_one_number_at_once_one_does(service: CallsService) -> None:
    answers = await asyncio.gather(*(service.officer.post(APPLICATIONS, json=submitted()) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"application_number_taken"}
    await assert_whole(service)


@pytest.mark.parametrize("kind", ["a list", "a registration"])
async def test_request_that_races_a_registration_of_its_number_can_be_retried(service: CallsService, kind: str) -> None:
    async def sent() -> httpx.Response:
        if kind == "a list":
            return await send(service, list_of([submitted("WND-2"), submitted()]), office="04")
        return await service.officer.post(APPLICATIONS, json=submitted())

    with open_writer(service) as writer:
        insert_application(writer, "WND-1", append_change(writer))
        beside = asyncio.create_task(sent())
        await until_blocked(service, beside)
        writer.commit()
    raced, again = await beside, await sent()

    assert_problem(raced, 409, "raced")
    assert raced.headers["retry-after"] == "1"
    assert again.status_code == (201 if kind == "a list" else 409)
    assert service.row_counts()["application"] == (2 if kind == "a list" else 1)
    await assert_whole(service)


async def test_of_those_who_saw_the_same_state_one_wins(service: CallsService) -> None:
    one = await add(service)
    answers = await asyncio.gather(
        *(reach(service, one, "formally_positive", f"2011-03-{day:02d}", "1") for day in range(1, 9))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [412] * 7
    await assert_whole(service)
