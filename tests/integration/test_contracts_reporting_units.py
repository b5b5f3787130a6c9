"""The projection of the reporting units: a page applied as a set leaves what its events leave one by one."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.support.services.contracts_service import ContractsService, running_contracts

from miernik_contracts.followers.units_projection import apply_unit_events
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import PAGE, Event

UNITS = 60
ROWS = "select * from reporting_unit order by id"


def make_event(position: int, random: Random) -> Event:
    """Something that happened to some unit, or something that is none of the projection's business."""
    unit = random.randrange(UNITS)
    action = random.choice(["reporting-unit.registered", "reporting-unit.changed", "submission.accepted"])
    state: dict[str, Any] = {
        "id": str(UUID(int=unit + 1)),
        "code": f"OPS-{unit}",
        "kind": "OPS",
        "name": f'Ośrodek \\ "{unit}" w stanie {position}',
        "territory": "040201",
        "active_from": "1999-01-01",
        "active_to": random.choice([None, "2010-12-31"]),
        "version": position,
    }
    data = state if action.startswith("reporting-unit") else {}
    return Event(
        f"indicators/{position}", "/indicators", f"pl.miernik.indicators.{action}", "x",
        "2011-01-01T00:00:00Z", position, ["units"], data,
    )  # fmt: skip


async def applied(service: ContractsService, pages: list[list[Event]]) -> list[tuple[Any, ...]]:
    async with service.app.state.service.engine.begin() as connection:
        await connection.execute(text("delete from reporting_unit"))
        for page in pages:
            assert not await apply_unit_events(connection, page)
    return service.query(ROWS)


@pytest.mark.parametrize("seed", range(3))
async def test_pages_of_any_length_leave_the_same_as_single_events(database: DatabaseUrls, seed: int) -> None:
    random = Random(seed)
    events = [make_event(position, random) for position in range(1, 2 * PAGE + 500)]
    async with running_contracts(database) as service:
        singly = await applied(service, [[event] for event in events])
        assert len(singly) == UNITS
        assert await applied(service, [events]) == singly
        assert await applied(service, [events[:PAGE], events[PAGE : PAGE + 1], events[PAGE + 1 :]]) == singly
        assert await applied(service, [events[at : at + 90] for at in range(0, len(events), 90)]) == singly


async def test_a_page_without_news_of_units_changes_nothing(database: DatabaseUrls) -> None:
    others = [Event("x/1", "/x", "pl.miernik.indicators.form.defined", "x", "2011-01-01", 1, [], {})]
    async with running_contracts(database) as service:
        assert await applied(service, [others]) == []


@pytest.mark.parametrize("length", [1, PAGE])
@pytest.mark.parametrize("member", ["id", "name", "active_to", "version"])
async def test_a_state_without_a_member_is_refused(database: DatabaseUrls, member: str, length: int) -> None:
    events = [make_event(position, Random(position)) for position in range(1, length)]
    wrong = make_event(length, Random(7))
    wrong.type, wrong.data = "pl.miernik.indicators.reporting-unit.changed", {"id": str(UUID(int=999))}
    wrong.data |= {"code": "x", "kind": "x", "name": "x", "territory": "x", "active_from": "1999-01-01",
                   "active_to": None, "version": 1}  # fmt: skip
    del wrong.data[member]
    async with running_contracts(database) as service, service.app.state.service.engine.connect() as connection:
        with pytest.raises(KeyError, match=member):
            await apply_unit_events(connection, [*events, wrong])
