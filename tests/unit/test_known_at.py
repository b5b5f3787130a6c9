"""The dependency `known_at`: the declared parameter, and the unit of work that it returns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from miernik_shared.problems import Problem
from miernik_shared.web.known_at import ListUnitOfWork, ReportUnitOfWork
from miernik_shared.web.unit_of_work import UnitOfWork


@pytest.fixture
def app() -> FastAPI:
    """An application whose endpoints return the position and the instant of their unit of work."""
    app = FastAPI()

    @app.middleware("http")
    async def open_work(request: Request, call_next: Any) -> Any:
        request.state.work = SimpleNamespace(known_position=7, requested_known_at=None)
        return await call_next(request)

    @app.get("/report")
    async def read_report(work: ReportUnitOfWork) -> list[Any]:
        return [work.known_position, work.requested_known_at]

    @app.get("/list")
    async def read_list(work: ListUnitOfWork) -> None: ...

    return app


async def read(app: FastAPI, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://calls") as client:
        return await client.get(path)


async def test_instant_is_set_on_the_unit_of_work(app: FastAPI) -> None:
    answer = await read(app, "/report?known_at=2011-06-30T10:00:00Z")

    assert answer.json() == [7, "2011-06-30T10:00:00Z"]


async def test_no_instant_leaves_the_present(app: FastAPI) -> None:
    assert (await read(app, "/report")).json() == [7, None]


async def test_day_is_no_instant(app: FastAPI) -> None:
    assert (await read(app, "/report?known_at=2011-06-30")).status_code == 422


@pytest.mark.parametrize(("path", "beginning"), [("/report", "What we knew"), ("/list", "As they were known")])
def test_parameter_is_declared(app: FastAPI, path: str, beginning: str) -> None:
    (parameter,) = app.openapi()["paths"][path]["get"]["parameters"]

    assert (parameter["name"], parameter["in"], parameter["required"]) == ("known_at", "query", False)
    assert parameter["description"].startswith(beginning)


@pytest.mark.parametrize(("known_position", "expected"), [(None, 12), (7, 7), (0, 0)])
def test_read_position_is_that_of_known_at_if_given(known_position: int | None, expected: int) -> None:
    unit: Any = SimpleNamespace(position=12, known_position=known_position)

    assert UnitOfWork.read_position.fget(unit) == expected  # type: ignore[attr-defined]


def test_if_match_on_a_new_entity_is_stale() -> None:
    with pytest.raises(Problem) as refused:
        UnitOfWork.refuse_if_match(SimpleNamespace(if_match='"v1"'))  # type: ignore[arg-type]

    assert (refused.value.status, refused.value.params) == (412, {"current": "–"})
    UnitOfWork.refuse_if_match(SimpleNamespace(if_match=None))  # type: ignore[arg-type]
