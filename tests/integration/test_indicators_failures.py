"""A submission that is killed at any of its steps leaves the whole return or nothing, and the next try succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pkgutil import resolve_name
from typing import Any

import pytest
from tests.support.answers import assert_problem
from tests.support.databases.postgres import PostgresServer
from tests.support.regions.sample_region import running_sample
from tests.support.services.indicators_service import IndicatorsService, csv

from miernik_local.provision import DatabaseUrls

FIRST = csv("7.1-1;;10", "7.1-1;rural;4", "7.1-2;;3", "7.1-3;;n/d")
SECOND = csv("7.1-1;;11", "7.1-2;;5", "7.1-3;;6")
SUBMISSIONS = "miernik_indicators.submissions"
STEPS = (
    "queries.returns.lock_return",
    "references.build_unit_table",
    "references.build_series_table",
    "queries.staging.stage_rows",
    "queries.staging.copy_frame",
    "queries.coverage.find_conflicts",
    "queries.returns.next_submission_no",
    "queries.rollup.snapshot_steps",
    "queries.staging.insert_observations",
    "queries.coverage.claim_coverage",
    "queries.returns.make_current",
    "queries.returns.store_file",
    "queries.staging.stage_totals",
    "queries.rollup.apply_difference",
    "queries.returns.find_submission",
)
RECORDING = (
    "miernik_shared.stored_findings.StoredFindings.add",
    "miernik_shared.web.unit_of_work.record",
    "miernik_shared.idempotency.IdempotencyStore.store_response",
)
ALL_STEPS = [*(f"{SUBMISSIONS}.{step}" for step in STEPS), *RECORDING]
END_SESSIONS = """
    select count(pg_terminate_backend(pid)) from pg_stat_activity
    where usename = 'indicators_app' and datname = current_database() and state = 'idle in transaction'
"""


@pytest.fixture(scope="module")
async def enduring(
    postgres_server: PostgresServer, sample_region_database: DatabaseUrls
) -> AsyncIterator[IndicatorsService]:
    """A service whose defects are answered with 500, as in operation."""
    async with running_sample(postgres_server, sample_region_database, raising=False) as running:
        yield running


def state(service: IndicatorsService) -> tuple[Any, ...]:
    """All that a submission writes; kept answers and log included."""
    rollup = service.query("select * from indicator_rollup order by 1, 2, 3, 4, 5")
    return service.row_counts(), rollup, service.query("select * from unit_return order by return_no")


def interrupted(place: str, patch: pytest.MonkeyPatch, interrupt: Callable[[], None], *, after: bool) -> list[str]:
    """Interrupts the step of that name, before it or after it; the returned list fills as it is reached."""
    original = resolve_name(place)
    reached: list[str] = []

    async def step(*arguments: Any, **named: Any) -> Any:
        reached.append(place)
        if not after:
            interrupt()
        result = await original(*arguments, **named)
        if after:
            interrupt()
        return result

    patch.setattr(place, step)
    return reached


class Interruption(Exception):
    """An unexpected exception."""


def fail() -> None:
    raise Interruption


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("place", ALL_STEPS)
async def test_a_defect_at_any_step_leaves_nothing_and_the_next_try_succeeds(
    enduring: IndicatorsService, monkeypatch: pytest.MonkeyPatch, place: str, after: bool
) -> None:
    key = f"{place} {after}"
    first_time = not enduring.query("select 1 from unit_return where current_version > 0")
    content = FIRST if first_time else csv(f"7.1-1;;{len(key)},{ALL_STEPS.index(place)}", "7.1-2;;2", "7.1-3;;1")
    version = enduring.query("select coalesce(max(current_version), 0) from unit_return")[0][0]
    if_match = f'"v{version}"' if version else None
    before = state(enduring)
    with monkeypatch.context() as patch:
        reached = interrupted(place, patch, fail, after=after)
        killed = await enduring.send(content, key=key, if_match=if_match)
    assert reached
    assert_problem(killed, 500, "defect")
    assert state(enduring) == before
    retried = await enduring.send(content, key=key, if_match=if_match)
    assert (retried.status_code, retried.json()["version"]) == (201, version + 1)


@pytest.mark.parametrize("place", ALL_STEPS)
async def test_connection_cut_at_any_step_stores_nothing_and_a_retry_succeeds(
    enduring: IndicatorsService, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    key = f"cut at {place}"
    version = enduring.query("select coalesce(max(current_version), 0) from unit_return")[0][0]
    if_match = f'"v{version}"' if version else None
    content = csv(f"7.1-1;;{1000 + ALL_STEPS.index(place)}", "7.1-2;;2", "7.1-3;;1")
    before = state(enduring)

    def cut() -> None:
        assert enduring.query(END_SESSIONS) == [(1,)]

    with monkeypatch.context() as patch:
        reached = interrupted(place, patch, cut, after=place == RECORDING[-1])
        killed = await enduring.send(content, key=key, if_match=if_match)
    assert reached
    assert_problem(killed, 503, "database_unavailable")
    assert killed.headers["retry-after"] == "1"
    assert state(enduring) == before
    retried = await enduring.send(content, key=key, if_match=if_match)
    assert (retried.status_code, retried.json()["version"]) == (201, version + 1)


async def test_a_request_that_is_given_up_leaves_nothing(
    enduring: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(enduring)
    with monkeypatch.context() as patch:
        entered = asyncio.Event()

        async def endless(*_: Any) -> None:
            entered.set()
            await asyncio.sleep(60)

        patch.setattr(f"{SUBMISSIONS}.queries.rollup.apply_difference", endless)
        sending = asyncio.create_task(enduring.send(SECOND, period="2012-H1", key="given up"))
        await entered.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    assert state(enduring) == before
    assert (await enduring.send(SECOND, period="2012-H1", key="given up")).status_code == 201
    assert (await enduring.row("7.1-3", as_of="2012-06-30"))["reported"] == 1
