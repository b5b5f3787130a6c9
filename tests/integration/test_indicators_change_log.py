"""The change log of the service: one change a write, a chain that shows tampering, and a feed without gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, LiteralString

import httpx
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from tests.support.answers import assert_problem, ok
from tests.support.regions.terc_files import terc_file
from tests.support.services.indicators_service import CSV, IndicatorsService, csv, definition, form_body
from tests.support.waiting import long_poll_signalled

from miernik_shared.changelog.verify import AuditResult, verify_chain

MATCH = {"If-Match": '"v1"'}
UNIT = {"kind": "PCPR", "territory": "0402", "name": "PCPR"}
TARGET = {"status": "original", "value": "1", "effective_on": "2007-01-01"}
DAYS = {"opens_on": "2014-07-01", "due_on": "2014-07-31"}
Write = Callable[[IndicatorsService], Awaitable[httpx.Response]]


async def change_a_unit(service: IndicatorsService) -> httpx.Response:
    (unit,) = service.query("select id::text from reporting_unit where code = 'OPS-040201'")[0]
    return await service.officer.put(f"/v1/reporting-units/{unit}", json={"name": "MOPS"}, headers=MATCH)


WRITES: dict[str, Write] = {
    "territory.imported": lambda it: it.officer.post(
        "/v1/territory-imports", content=terc_file(day="2012-01-01"), headers=CSV
    ),
    "reporting-unit.registered": lambda it: it.officer.post("/v1/reporting-units", json=UNIT),
    "reporting-unit.changed": change_a_unit,
    "indicator.defined": lambda it: it.officer.post("/v1/indicators", json=definition(code="7.9", measure="7.9")),
    "indicator.changed": lambda it: it.officer.put(
        "/v1/indicators/7.1-1", json=definition(redefined=True, valid_from="2012-01-01"), headers=MATCH
    ),
    "target.set": lambda it: it.officer.post("/v1/indicators/7.1-1/targets", json=TARGET),
    "form.made": lambda it: it.officer.post("/v1/forms", json=form_body(["7.2-1"], code="SP72")),
    "form.changed": lambda it: it.officer.put(
        "/v1/forms/SP7", json=form_body(["7.1-1", "7.1-2", "7.1-3"], partial=True), headers=MATCH
    ),
    "period.opened": lambda it: it.officer.put("/v1/forms/SP7/periods/2014-H1", json=DAYS),
    "submission.accepted": lambda it: it.send(csv("7.1-1;;10")),
}
FAMILIES = {
    "territory": ["register"],
    "reporting-unit": ["units"],
    "indicator": ["definitions"],
    "target": ["definitions"],
    "form": ["forms"],
    "period": ["forms"],
    "submission": ["observations:04", "submissions"],
}
"""Families that the event of a write names, by the first word of its action: readers of these must look again."""
HAVE_A_BEFORE = {"reporting-unit.changed", "indicator.changed", "form.changed"}


@pytest.mark.parametrize("action", WRITES)
async def test_a_write_has_exactly_one_change(service: IndicatorsService, action: str) -> None:
    await service.add_indicator("7.2-1")
    head = service.row_counts()["change"]
    answer = await WRITES[action](service)
    assert answer.is_success, answer.text
    changes = service.query(
        "select position, action, actor, request_id, before, after from change where position > %s", head
    )
    ((position, done, actor, request_id, before, after),) = changes
    assert (position, done, actor) == (head + 1, action, "officer")
    assert answer.headers["miernik-position"] == f"indicators={position}"
    assert request_id == answer.headers["x-request-id"]
    assert (before is not None) == (action in HAVE_A_BEFORE)
    assert after is not None
    assert before != after


@pytest.mark.parametrize("action", WRITES)
async def test_a_write_names_the_families_that_it_changes(service: IndicatorsService, action: str) -> None:
    await service.add_indicator("7.2-1")

    answer = await WRITES[action](service)

    (named,) = service.query("select event -> 'families' from change order by position desc limit 1")[0]

    assert named == FAMILIES[action.partition(".")[0]]
    assert answer.headers["miernik-families"] == ",".join(named)


async def test_an_attempt_and_a_correction_are_changes(
    service: IndicatorsService,
) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    await service.send(csv("7.1-1;;x%"), if_match='"v1"')
    ok(await service.send(csv("7.1-1;;11"), if_match='"v1"', reason="pomyłka"))
    changes = service.query("select action, before, after from change order by position desc limit 3")

    assert [change[0] for change in changes] == ["submission.accepted", "submission.rejected", "submission.accepted"]
    assert changes[0][1]["version"] == 1
    assert (changes[0][2]["version"], changes[0][2]["reason"]) == (2, "pomyłka")
    assert (changes[1][1], changes[2][1]) == (None, None)


async def verified(service: IndicatorsService) -> AuditResult:
    async with service.app.state.service.engine.connect() as connection:
        return await verify_chain(connection)


async def test_positions_are_dense_and_the_chain_verifies_after_many_writers(service: IndicatorsService) -> None:
    async def write(number: int) -> None:
        unit = f"OPS-04020{1 + number % 3}"
        period = f"{2010 + number % 3}-H{1 + number // 3 % 2}"
        await service.send(csv(f"7.1-1;;{number}"), unit=unit, period=period)

    await asyncio.gather(*(write(number) for number in range(24)))
    rows = service.query("select position, at from change order by position")
    assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
    assert sorted(at for _, at in rows) == [at for _, at in rows]
    result = await verified(service)
    assert (result.whole, result.position) == (True, len(rows))


TAMPERING: dict[str, tuple[LiteralString, str, int]] = {
    "a changed text": ("update change set actor = 'nobody' where position = 5", "hash", 5),
    "a changed event": ("update change set event = jsonb_set(event, '{data}', '{}') where position = 5", "hash", 5),
    "a changed after": ("update change set after = '{}' where position = 5", "hash", 5),
    "a changed before": ("update change set before = '{}' where position = 5", "hash", 5),
    "a changed action": ("update change set action = 'nothing.done' where position = 5", "hash", 5),
    "a changed subject": ("update change set subject = 'forms/SP8' where position = 5", "hash", 5),
    "another request": ("update change set request_id = 'another' where position = 5", "hash", 5),
    "a changed time": ("update change set at = at + interval '1 microsecond' where position = 5", "hash", 5),
    "a time that runs backwards": ("update change set at = at - interval '1 day' where position = 5",
                                   "time_runs_backwards", 5),
    "a changed hash": ("update change set hash = sha256(hash) where position = 5", "hash", 5),
    "a deleted row": ("delete from change where position = 5", "gap", 6),
    "a deleted last row": ("delete from change where position = (select max(position) from change)",
                           "head_disagrees", 0),
    "a changed position": ("update change set position = position + 1000 where position = 5", "gap", 6),
    "a head of another hash": ("update head set hash = sha256(hash)", "head_disagrees", 0),
    "a head at another position": ("update head set position = position + 1", "head_disagrees", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERING)
async def test_tampering_is_found_with_its_position(service: IndicatorsService, name: str) -> None:
    statement, fault, position = TAMPERING[name]
    assert (await verified(service)).whole
    service.query(statement)
    result = await verified(service)
    assert (result.whole, result.fault) == (False, fault)
    assert result.fault_position == (position or result.position)


@pytest.mark.parametrize("table", ["change", "head"])
@pytest.mark.parametrize(
    "statement", ["update {} set position = 0", "delete from {}", "insert into {} select * from {}", "truncate {}"]
)
async def test_the_service_itself_cannot_touch_the_log(
    shared_service: IndicatorsService, table: str, statement: str
) -> None:
    with psycopg.connect(shared_service.urls.app["indicators"]) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement.format(table, table))  # type: ignore[arg-type]


async def test_the_feed_gives_all_changes_in_order(shared_service: IndicatorsService) -> None:
    page = ok(await shared_service.officer.get("/v1/events"))
    events = page["events"]
    assert [event["position"] for event in events] == list(range(1, page["next"] + 1))
    assert {event["source"] for event in events} == {"/indicators"}
    rest = ok(await shared_service.officer.get("/v1/events", params={"after": 3}))
    assert rest["events"] == events[3:]
    ahead = await shared_service.officer.get("/v1/events", params={"after": page["next"] + 1})
    assert_problem(ahead, 409, "position_ahead_of_feed")


async def test_a_waiting_reader_gets_the_change_as_it_happens(service: IndicatorsService) -> None:
    head = service.row_counts()["change"]
    with long_poll_signalled(service.app) as begun:
        waiting = asyncio.create_task(service.officer.get("/v1/events", params={"after": head, "timeout": 20}))
        await begun.wait()
    assert not waiting.done()
    ok(await service.send(csv("7.1-1;;10")))
    async with asyncio.timeout(5):
        page: dict[str, Any] = ok(await waiting)
    (event,) = page["events"]
    assert (event["type"], event["data"]["unit"]) == ("pl.miernik.indicators.submission.accepted", "OPS-040201")
    assert event["families"] == ["observations:04", "submissions"]


async def test_a_page_has_at_most_the_events_of_its_limit(shared_service: IndicatorsService) -> None:
    head = shared_service.row_counts()["change"]

    pages = [
        ok(await shared_service.officer.get("/v1/events", params={"after": after, "limit": 2}))
        for after in (head - 3, head - 2, head - 1, head)
    ]

    read = [[event["position"] for event in page["events"]] for page in pages]

    assert read == [[head - 2, head - 1], [head - 1, head], [head], []]
    # A full page may be the last one: whether more follows is not looked up.
    assert [page["more"] for page in pages] == [True, True, False, False]
    assert [page["next"] for page in pages] == [head - 1, head, head, head]


async def test_a_reader_of_a_feed_without_news_waits_as_long_as_it_asked(shared_service: IndicatorsService) -> None:
    head = shared_service.row_counts()["change"]
    clock = asyncio.get_running_loop().time
    began = clock()

    page = ok(await shared_service.officer.get("/v1/events", params={"after": head, "timeout": 0.7}))

    assert page == {"events": [], "next": head, "more": False}
    assert clock() - began >= 0.7


async def test_a_page_of_large_events_is_short_and_says_that_there_is_more(service: IndicatorsService) -> None:
    """Each event is a third of what a page holds as it is stored; text of random letters cannot be packed."""
    letters = "select string_agg(md5(random()::text), '') from generate_series(1, 45000)"
    event = f"jsonb_build_object('families', '[]'::jsonb, 'data', jsonb_build_object('text', ({letters})))"
    for number in range(5):
        append = f"select append_change('test', 'r', 'thing.done', %s, {event}, null, null)"
        service.query(append, f"things/{number}")  # type: ignore[arg-type]
    head = service.query("select position from head")[0][0]
    read, pages, after = [], 0, head - 5
    while True:
        page = ok(await service.officer.get("/v1/events", params={"after": after}))
        read += [event["position"] for event in page["events"]]
        pages, after = pages + 1, page["next"]
        if not page["more"]:
            break

    assert read == list(range(head - 4, head + 1))
    assert pages > 1
