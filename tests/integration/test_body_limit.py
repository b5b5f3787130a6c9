"""The limit of a body: its last byte is taken, and one more is refused, whether or not the length is declared."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import ORGANISATIONS, CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls

BODY = json.dumps({"name": "MOPS w Toruniu"}).encode()


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def in_chunks() -> AsyncIterator[bytes]:
    yield BODY[:5]
    yield BODY[5:]


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_of_the_limit_is_taken_and_a_longer_one_refused(
    service: CallsService, monkeypatch: pytest.MonkeyPatch, declared: bool
) -> None:
    settings = service.app.state.service.settings

    async def sent(limit: int) -> httpx.Response:
        monkeypatch.setattr(settings, "body_limit_bytes", limit)
        content = BODY if declared else in_chunks()
        return await service.officer.post(ORGANISATIONS, content=content, headers={"Content-Type": "application/json"})

    too_long, whole = await sent(len(BODY) - 1), await sent(len(BODY))

    assert_problem(too_long, 413, "body_too_long")
    assert whole.status_code == 201, whole.text
    assert service.row_counts()["organisation"] == 1
