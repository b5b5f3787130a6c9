"""Authorization of readers: API keys, their cache of two seconds, scopes."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.answers import assert_problem
from tests.support.services.gateway import (
    DASHBOARD,
    KEYS,
    POOR_KEY,
    REGION_KEY,
    UNIT_KEY,
    Indicators,
    client_of,
    find_key,
    gateway_in_front_of,
)

from miernik_gateway.clients.authentication import KnownKeys
from miernik_gateway.clients.keys import digest_bearer_key, digest_key, generate_key
from miernik_gateway.clients.queries import FoundKey
from miernik_shared.problems import Problem

BEARER = f"Bearer {REGION_KEY}"


class Table:
    """The table of keys, with the number of look-ups."""

    def __init__(self, seconds_left: float | None = None) -> None:
        self.key: FoundKey | None = FoundKey(KEYS[REGION_KEY], seconds_left)
        self.looks = 0

    async def find(self, _: bytes) -> FoundKey | None:
        self.looks += 1
        found = self.key
        await asyncio.sleep(0)
        return found


@pytest.mark.parametrize("path", [DASHBOARD, "/v1/dashboards", "/v1/observations", "/v1/feeds/indicators/events"])
@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "credentials_missing"),
        ("Bearer mk_" + "x" * 43, "credentials_refused"),
        (f"Basic {REGION_KEY}", "credentials_refused"),
        (f"Bearer {REGION_KEY}x", "credentials_refused"),
        (f"Bearer {REGION_KEY[3:]}", "credentials_refused"),
    ],
)
async def test_without_a_good_key_nothing_is_read(path: str, authorization: str | None, code: str) -> None:
    provider = Indicators()
    app = gateway_in_front_of(provider)
    async with client_of(app) as known, client_of(app, None) as client:
        await known.get(DASHBOARD)  # so that the answer lies in the cache
        asked = len(provider.asked)
        headers = {"Authorization": authorization} if authorization else {}
        answer = await client.get(path, headers=headers)
        assert_problem(answer, 401, code)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert len(provider.asked) == asked


async def test_the_scope_is_asked_for_in_front_of_the_cache_too() -> None:
    app = gateway_in_front_of(Indicators())
    async with client_of(app) as client, client_of(app, POOR_KEY) as poor:
        await client.get(DASHBOARD)
        for _ in range(2):
            answer = await poor.get(DASHBOARD)
            assert_problem(answer, 403, "scope_missing")
        assert (await poor.get("/v1/dashboards")).status_code == 403


async def test_a_revoked_key_is_refused_as_soon_as_the_log_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    app = gateway_in_front_of(Indicators())
    async with client_of(app) as client:
        assert (await client.get(DASHBOARD)).status_code == 200
        monkeypatch.delitem(KEYS, REGION_KEY)
        app.state.gateway.keys.forget()
        assert (await client.get(DASHBOARD)).status_code == 401


async def test_a_key_is_believed_for_two_seconds() -> None:
    now = 100.0
    table = Table()
    keys = KnownKeys(table.find, lambda: now)
    await keys.authenticate(BEARER)
    table.key, now = None, 101.9
    await keys.authenticate(BEARER)
    assert table.looks == 1
    now = 102.0
    with pytest.raises(Problem, match="credentials_refused"):
        await keys.authenticate(BEARER)


async def test_a_key_is_not_believed_beyond_its_expiry() -> None:
    now = 100.0
    keys = KnownKeys(Table(seconds_left=0.5).find, lambda: now)
    await keys.authenticate(BEARER)
    now = 100.4
    assert keys.recall(BEARER.encode()) is not None
    now = 100.5
    assert keys.recall(BEARER.encode()) is None


async def test_a_key_revoked_while_it_is_looked_up_is_not_remembered() -> None:
    table = Table()
    keys = KnownKeys(table.find)
    looking = asyncio.create_task(keys.authenticate(BEARER))
    await asyncio.sleep(0)
    keys.forget()
    await looking

    assert keys.recall(BEARER.encode()) is None


def test_a_key_is_256_random_bits_and_only_a_digest_is_compared() -> None:
    key = generate_key()

    assert len(key) == 46
    assert generate_key() != key
    assert digest_bearer_key(f"bearer {key}") == digest_key(key)
    assert key.encode() not in digest_key(key)


async def test_the_service_is_called_with_a_token_and_never_with_the_clients_key() -> None:
    from tests.support.services.gateway import verifier

    provider = Indicators()
    app = gateway_in_front_of(provider)
    async with client_of(app, UNIT_KEY) as client:
        await client.get("/v1/observations")
        await client.get(DASHBOARD)
    on_behalf, itself = (verifier().caller(request.headers["authorization"]) for request in provider.asked)

    assert (on_behalf.issuer, on_behalf.client, on_behalf.units) == ("gateway", "unit-client", KEYS[UNIT_KEY].units)
    assert on_behalf.scopes == KEYS[UNIT_KEY].scopes
    assert (itself.client, itself.region, itself.units) == ("gateway", False, KEYS[UNIT_KEY].units)
    assert all(UNIT_KEY not in str(request.headers.raw) for request in provider.asked)


async def test_the_stand_in_for_the_table_knows_its_keys() -> None:
    assert await find_key(digest_key(REGION_KEY)) is not None
    assert await find_key(b"") is None
