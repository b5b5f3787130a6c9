"""Cache freshness: the next read includes every acknowledged write, and unchanged dashboards are not rebuilt."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.services.gateway import (
    DASHBOARD,
    OTHER_REGION_KEY,
    UNIT_KEY,
    Indicators,
    achieved,
    client_of,
    event_arrives,
    gateway_in_front_of,
    set_feeds_connected,
)


async def settled() -> None:
    """Lets everything that can run do so."""
    for _ in range(50):
        await asyncio.sleep(0)


async def write(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/submissions", json={})).status_code == 201


async def test_a_second_read_is_answered_from_the_cache_with_the_same_bytes() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        first, second = await client.get(DASHBOARD), await client.get(DASHBOARD)
        assert provider.reads == 1
        assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
        assert second.headers["miernik-position"] == "indicators=10"
    async with client_of(app, OTHER_REGION_KEY) as other:
        assert (await other.get(DASHBOARD)).content == first.content
        assert provider.reads == 1


async def test_a_write_is_in_the_next_read_before_the_feed_brings_it() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010")
        await write(client)
        answer = await client.get(DASHBOARD)
        assert achieved(answer) == "7010"
        assert answer.headers["miernik-position"] == "indicators=11"


async def test_a_change_of_another_voivodeship_leaves_the_answer_in_the_cache() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        first = await client.get(DASHBOARD)
        provider.change("1", families="observations:14")
        await write(client)
        event_arrives(app, 11, "observations:14")
        second = await client.get(DASHBOARD)
        assert provider.reads == 1
        assert second.headers["etag"] == first.headers["etag"]
        assert second.headers["miernik-position"] == "indicators=11", "it is right as of what was followed"


async def test_a_national_dashboard_sees_the_change_of_any_voivodeship() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD, params={"territory": "PL"})
        provider.change("7010", families="observations:14")
        await write(client)
        assert achieved(await client.get(DASHBOARD, params={"territory": "PL"})) == "7010"


@pytest.mark.parametrize("families", ["observations", "definitions", "register", "units", "forms"])
async def test_a_change_that_concerns_every_voivodeship_is_seen(families: str) -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010", families)
        event_arrives(app, 11, families)
        assert achieved(await client.get(DASHBOARD)) == "7010"


async def test_replayed_answer_without_families_evicts_everything_older() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010")
        provider.write_headers = {"Miernik-Position": "indicators=11", "Idempotency-Replayed": "true"}
        await write(client)
        assert achieved(await client.get(DASHBOARD)) == "7010"


async def test_the_known_position_is_raised_before_the_client_has_the_answer() -> None:
    provider = Indicators()
    provider.change("7010")
    app = gateway_in_front_of(provider)
    known_at_answer: list[int] = []

    async def noting(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        async def noting_send(message) -> None:  # type: ignore[no-untyped-def]
            known_at_answer.append(app.state.gateway.known.of(("indicators", "observations:04")))
            await send(message)

        await app(scope, receive, noting_send)

    async with client_of(noting) as client:  # type: ignore[arg-type]
        await write(client)

    assert known_at_answer[0] == 11


async def test_build_begun_before_a_write_is_neither_shared_nor_cached() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        provider.open.clear()
        early = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        provider.change("7010")
        await write(client)
        late = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        assert provider.reads == 2, "the later reader has a build of its own"
        provider.open.set()
        assert achieved(await early) == "7009.000000"
        assert achieved(await late) == "7010"
        assert achieved(await client.get(DASHBOARD)) == "7010"
        assert provider.reads == 2, "and it is that one that was kept"
        assert app.state.gateway.cache.size > 0


async def test_an_early_build_that_ends_last_does_not_replace_the_later_one() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        first_gate = provider.open = asyncio.Event()
        early = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        provider.change("7010")
        await write(client)
        provider.open = asyncio.Event()
        provider.open.set()
        assert achieved(await client.get(DASHBOARD)) == "7010"
        first_gate.set()
        await early
        assert achieved(await client.get(DASHBOARD)) == "7010"
        assert provider.reads == 2


async def test_a_build_overtaken_by_the_feed_is_not_kept() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        provider.open.clear()
        early = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        provider.change("7010")
        event_arrives(app, 11)
        provider.open.set()
        await early
        assert app.state.gateway.cache.size == 0
        assert achieved(await client.get(DASHBOARD)) == "7010"


async def test_a_hundred_readers_at_once_cost_one_build() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        answers = await asyncio.gather(*(client.get(DASHBOARD) for _ in range(100)))
        assert provider.reads == 1
        assert len({answer.content for answer in answers}) == 1


async def test_a_reader_who_leaves_does_not_take_the_build_from_the_others() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        provider.open.clear()
        leaving = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        staying = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        leaving.cancel()
        await settled()
        provider.open.set()
        assert (await staying).status_code == 200
        assert provider.reads == 1


async def test_without_the_feed_every_read_asks_the_service() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        set_feeds_connected(app, False)
        provider.change("7010")
        assert achieved(await client.get(DASHBOARD)) == "7010"
        set_feeds_connected(app, True)
        await client.get(DASHBOARD)
        assert provider.reads == 2, "what was built meanwhile is good once the feed is back"


async def test_a_feed_that_has_been_silent_for_too_long_is_not_trusted() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        for follower in app.state.service.followers:
            follower.last_contact -= 25.1
        await client.get(DASHBOARD)
        assert provider.reads == 2


async def test_a_reader_who_saw_a_position_elsewhere_waits_for_it() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010")
        read = asyncio.create_task(client.get(DASHBOARD, headers={"Miernik-Position": "indicators=11"}))
        await settled()
        assert not read.done()
        event_arrives(app, 11)
        assert achieved(await read) == "7010"


async def test_a_write_through_this_gateway_does_not_stand_for_what_came_before_it() -> None:
    """Position 12 is known from a write's answer, 11 was written elsewhere and has not arrived."""
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010")
        provider.change("7010", families="observations:14")
        await write(client)
        answer = await client.get(DASHBOARD, headers={"Miernik-Position": "indicators=11"})
        assert achieved(answer) == "7010"


async def test_position_that_does_not_arrive_is_read_from_the_service_after_1_s() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.change("7010")
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = await client.get(DASHBOARD, headers={"Miernik-Position": "calls=5, indicators=11"})
        assert achieved(answer) == "7010"
        assert 0.9 < loop.time() - started < 2
        again = await client.get(DASHBOARD, headers={"Miernik-Position": "indicators=11"})
        assert loop.time() - started < 2, "the body built meanwhile reaches the position"
        assert (achieved(again), provider.reads) == ("7010", 2)


async def test_reader_with_a_later_position_gets_no_older_build() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        early_gate = provider.open = asyncio.Event()
        early = asyncio.create_task(client.get(DASHBOARD))
        await settled()
        provider.change("7010")
        provider.open = asyncio.Event()
        provider.open.set()
        late = asyncio.create_task(client.get(DASHBOARD, headers={"Miernik-Position": "indicators=11"}))
        answer = await asyncio.wait_for(late, 5)
        assert (achieved(answer), provider.reads) == ("7010", 2)
        early_gate.set()
        await early


@pytest.mark.parametrize("header", ["", "indicators", "indicators=-1", "indicators=1;calls=2", "elsewhere=1"])
async def test_a_malformed_position_is_refused(header: str) -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        answer = await client.get(DASHBOARD, headers={"Miernik-Position": header})
        assert_problem(answer, 400, "position_malformed")


async def test_the_past_stays_in_the_cache_whatever_is_written() -> None:
    provider = Indicators()
    provider.body["known_at"] = "2011-09-01T00:00:00Z"
    past = {"known_at": "2011-09-01T00:00:00Z"}
    async with client_of(app := gateway_in_front_of(provider)) as client:
        first = await client.get(DASHBOARD, params=past)
        provider.change("7010")
        await write(client)
        set_feeds_connected(app, False)
        second = await client.get(DASHBOARD, params=past)
        assert provider.reads == 1
        assert second.content == first.content
        assert second.json()["positions"] == {"indicators": 10}
        assert second.headers["miernik-position"] == "indicators=10"


async def test_live_body_does_not_change_with_the_position() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        first = await client.get(DASHBOARD)
        provider.position += 5
        event_arrives(app, provider.position)
        second = await client.get(DASHBOARD)
        assert provider.reads == 2
        assert "positions" not in second.json()
        assert second.content == first.content


async def test_callers_with_different_units_get_different_bodies() -> None:
    provider = Indicators()
    app = gateway_in_front_of(provider)
    async with client_of(app) as region, client_of(app, UNIT_KEY) as unit:
        await region.get(DASHBOARD)
        await unit.get(DASHBOARD)
        assert provider.reads == 2


async def test_today_is_part_of_the_question() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        await client.get(DASHBOARD, params={"as_of": "2011-09-26", "territory": "04"})
        assert provider.reads == 1, "the defaults are today in Warsaw and the office's own voivodeship"
        await client.get(DASHBOARD, params={"as_of": "2011-09-25"})
        assert provider.reads == 2


async def test_not_modified() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        etag = (await client.get(DASHBOARD)).headers["etag"]
        for tags in (etag, f'"other", W/{etag}', "*"):
            answer = await client.get(DASHBOARD, headers={"If-None-Match": tags})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        assert (await client.get(DASHBOARD, headers={"If-None-Match": '"other"'})).status_code == 200
        provider.change("7010")
        await write(client)
        assert (await client.get(DASHBOARD, headers={"If-None-Match": etag})).status_code == 200


async def test_encodings_and_languages_have_tags_of_their_own() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        plain = await client.get(DASHBOARD, headers={"Accept-Encoding": "identity"})
        packed = await client.get(DASHBOARD, headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
        english = await client.get(DASHBOARD, headers={"Accept-Language": "en", "Accept-Encoding": "identity"})
        assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
        assert plain.content == packed.content
        assert len({answer.headers["etag"] for answer in (plain, packed, english)}) == 3
        assert provider.reads == 2, "one per language"
        assert plain.headers["vary"] == "Authorization, Accept-Language, Accept-Encoding"
        assert plain.headers["cache-control"] == "private, no-cache"
