"""The clock of the change log: writers take turns at the head, and a past moment waits for the writer in flight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.builders.applications import APPLICATIONS
from tests.support.databases.open_writer import (
    OpenWriter,
    append_change,
    insert_application,
    open_writer,
    until_blocked,
)
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import ORGANISATIONS, CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.verify import verify_chain

MOPS = {"name": "MOPS w Toruniu"}


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


@pytest.fixture
def writer(service: CallsService) -> Iterator[OpenWriter]:
    """Another writer of the same log, whose transaction the test commits."""
    with open_writer(service) as connection:
        yield connection


def now(service: CallsService) -> Any:
    return service.query("select clock_timestamp()")[0][0]


async def test_a_write_beside_another_waits_and_takes_the_next_position(
    service: CallsService, writer: OpenWriter
) -> None:
    position = append_change(writer)
    beside = asyncio.create_task(service.officer.post(ORGANISATIONS, json=MOPS))
    await until_blocked(service, beside)

    writer.commit()
    answer = await beside

    assert answer.status_code == 201, answer.text
    assert answer.headers["miernik-position"] == f"calls={position + 1}"
    async with service.app.state.service.engine.connect() as connection:
        assert (await verify_chain(connection)).whole


async def test_known_at_beside_a_writer_is_the_same_before_and_after_its_commit(
    service: CallsService, writer: OpenWriter
) -> None:
    position = append_change(writer)
    insert_application(writer, "WND-1", position)
    question = {"known_at": now(service).isoformat()}
    asked = asyncio.create_task(service.officer.get(APPLICATIONS, params=question))
    await until_blocked(service, asked)

    writer.commit()
    beside = await asked
    later = await service.officer.get(APPLICATIONS, params=question)

    assert [answer.headers["miernik-position"] for answer in (beside, later)] == [f"calls={position}"] * 2
    assert [one["number"] for one in ok(beside)["items"]] == ["WND-1"]
    assert beside.content == later.content


async def test_a_change_is_dated_by_the_clock_and_not_by_its_transaction(
    service: CallsService, writer: OpenWriter
) -> None:
    writer.execute("select from head")  # the transaction begins
    question = {"known_at": now(service).isoformat()}
    before = await service.officer.get(APPLICATIONS, params=question)

    insert_application(writer, "WND-1", append_change(writer))
    writer.commit()
    after = await service.officer.get(APPLICATIONS, params=question)

    assert ok(after)["items"] == []
    assert after.headers["miernik-position"] == before.headers["miernik-position"]


async def test_a_change_after_the_clock_was_set_back_is_not_dated_before_the_last(service: CallsService) -> None:
    ((ahead,),) = service.query("update head set at = at + interval '1 hour' returning at")

    ok(await service.officer.post(ORGANISATIONS, json=MOPS))

    assert service.query("select at from change order by position desc limit 1") == [(ahead,)]
    assert service.query("select at from head") == [(ahead,)]


async def test_changes_of_one_instant_are_all_known_at_that_instant(service: CallsService) -> None:
    for number in range(3):
        ok(await service.officer.post(ORGANISATIONS, json={"name": f"OPS {number}"}))
    instant = now(service)
    service.query("update change set at = %s where position > (select position - 3 from head)", instant)

    answer = await service.officer.get(APPLICATIONS, params={"known_at": instant.isoformat()})

    ok(answer)

    assert answer.headers["miernik-position"] == f"calls={service.query('select position from head')[0][0]}"


async def test_known_at_between_two_changes_is_the_position_of_the_first(service: CallsService) -> None:
    ok(await service.officer.post(ORGANISATIONS, json={"name": "OPS 1"}))
    ((position, first),) = service.query("select position, at from head")
    ok(await service.officer.post(ORGANISATIONS, json={"name": "OPS 2"}))
    ((second,),) = service.query("select at - interval '1 microsecond' from head")

    answers = [
        await service.officer.get(APPLICATIONS, params={"known_at": moment.isoformat()}) for moment in (first, second)
    ]

    assert [answer.headers["miernik-position"] for answer in answers] == [f"calls={position}"] * 2
