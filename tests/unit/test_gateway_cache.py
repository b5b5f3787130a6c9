"""The parts of the byte cache by themselves."""

from __future__ import annotations

import asyncio

import pytest

from miernik_gateway.cache.answers import Variant, accepted_encoding
from miernik_gateway.cache.entries import ByteCache, Entry
from miernik_gateway.cache.single_flight import SingleFlight
from miernik_gateway.positions.headers import format_positions, parse_positions
from miernik_gateway.positions.known import KnownPositions
from miernik_gateway.positions.topics import raised_topics, watched_topics

TOPIC = ("indicators", "observations:04")


def entry(size: int = 100, position: int = 1) -> Entry:
    return Entry(b"x" * size, "pl", {"indicators": position}, (TOPIC,))


@pytest.mark.parametrize(
    ("changed", "read", "concerned"),
    [
        ("observations:04", "observations:04", True),
        ("observations:04", "observations", True),
        ("observations", "observations:04", True),
        ("observations", "observations", True),
        ("observations:04:0402", "observations:04", True),
        ("observations:04", "observations:04:0402", True),
        ("observations:04", "observations:14", False),
        ("observations:14", "observations:04", False),
        ("observations:0", "observations:04", False),
        ("definitions", "observations", False),
    ],
)
def test_which_change_concerns_which_reader(changed: str, read: str, concerned: bool) -> None:
    assert bool(set(raised_topics(changed)) & set(watched_topics(read))) is concerned


def test_positions_never_fall() -> None:
    known = KnownPositions()
    known.record_change("indicators", 5, ["observations:04"])
    known.record_change("indicators", 3, ["observations:04"])
    known.record_projection("indicators", {"observations:04": 4}, followed=4)
    known.record_projection("indicators", {}, followed=2)

    assert (known.of(TOPIC), known.followed("indicators")) == (5, 4)


async def test_waiting_for_a_position() -> None:
    known = KnownPositions()
    near = asyncio.create_task(known.wait("indicators", 5, 1))
    far = asyncio.create_task(known.wait("indicators", 9, 0.05))
    await asyncio.sleep(0)
    known.record_change("indicators", 9, ["observations"])
    known.record_projection("indicators", {}, followed=5)

    assert (await near, await far) == (True, False)
    assert await known.wait("indicators", 5, 0)


@pytest.mark.parametrize("header", ["indicators=1", "calls=7, indicators=1234", " calls=1 ,calls=3"])
def test_positions_read_back(header: str) -> None:
    positions = parse_positions(header)
    assert parse_positions(format_positions(positions)) == positions


def test_the_greater_of_two_positions_counts() -> None:
    assert parse_positions("calls=3,calls=1") == {"calls": 3}


@pytest.mark.parametrize("header", ["", "calls", "calls=", "calls=x", "calls=1,", "calls=1 2", "calls=٣", "Calls=1"])
def test_malformed_positions(header: str) -> None:
    with pytest.raises(ValueError, match="service=position"):
        parse_positions(header)


def test_least_recently_used_entry_is_evicted_first() -> None:
    cache = ByteCache(250)
    cache.put("a", entry())
    cache.put("b", entry())
    cache.get("a")
    cache.put("c", entry())

    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]
    assert cache.size == 200


def test_a_body_over_the_limit_is_not_kept_and_pushes_nothing_out() -> None:
    cache = ByteCache(250)
    cache.put("a", entry())
    cache.put("big", entry(251))

    assert (cache.get("a") is not None, cache.get("big"), cache.size) == (True, None, 100)


def test_an_older_body_does_not_replace_a_newer_one() -> None:
    cache = ByteCache(1000)
    newer = entry(position=2)
    cache.put("a", newer)
    cache.put("a", entry(position=1))
    assert cache.get("a") is newer
    cache.put("a", later := entry(50, position=3))
    assert (cache.get("a"), cache.size) == (later, 50)


def test_gzip_is_made_once_and_counted() -> None:
    cache = ByteCache(100_000)
    kept = entry(5000)
    cache.put("a", kept)
    packed = cache.variant("a", kept, "gzip")
    assert cache.variant("a", kept, "gzip") is packed
    assert cache.size == 5000 + len(packed.content)
    cache.put("a", entry(10, position=2))
    assert cache.size == 10


def test_a_gzip_that_passes_the_limit_pushes_out() -> None:
    cache = ByteCache(5010)
    cache.put("a", kept := entry(5000))
    cache.variant("a", kept, "gzip")

    assert (cache.get("a"), cache.size) == (None, 0)


def test_gzip_bytes_do_not_depend_on_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Variant.of(b"body" * 100, "gzip", "pl")
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)

    assert Variant.of(b"body" * 100, "gzip", "pl").content == first.content
    assert first.etag != Variant.of(b"body" * 100, "identity", "pl").etag


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP, br", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip; q=0.0, identity", "identity"),
        ("*", "gzip"),
        ("*;q=0", "identity"),
        ("br", "identity"),
        ("gzip;q=x", "identity"),
    ],
)
def test_encodings(header: str, encoding: str) -> None:
    assert accepted_encoding(header) == encoding


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ('W/"a", {etag}', 304), ("W/{etag}", 304), ("*", 304), (' , {etag} , "a,b"', 304), ('"a,{bare},b"', 200),
        ('"ab", "c"', 200), ("", 200), ("{bare}", 200), ('"a", *', 200), ('{etag} "a"', 200),
    ],
)  # fmt: skip
def test_body_is_sent_unless_the_reader_has_its_tag(if_none_match: str, status: int) -> None:
    variant = Variant.of(b"body", "identity", "pl")
    header = if_none_match.format(etag=variant.etag, bare=variant.etag.strip('"'))

    assert variant.answer(header)[0] == status


async def test_failed_build_fails_for_all_who_wait_and_the_next_reader_retries() -> None:
    flights: SingleFlight[int] = SingleFlight()
    builds = 0

    async def build() -> int:
        nonlocal builds
        builds += 1
        await asyncio.sleep(0)
        if builds == 1:
            raise LookupError
        return builds

    results = await asyncio.gather(*(flights.result("a", {}, build) for _ in range(3)), return_exceptions=True)

    assert [type(result) for result in results] == [LookupError] * 3
    assert await flights.result("a", {}, build) == 2


async def test_a_waiter_joins_a_build_that_knew_as_much_or_more() -> None:
    flights: SingleFlight[str] = SingleFlight()
    gate = asyncio.Event()
    begun: list[str] = []

    def build_named(name: str):  # type: ignore[no-untyped-def]
        async def build() -> str:
            begun.append(name)
            await gate.wait()
            return name

        return build

    async def ask(name: str, position: int, key: str = "a") -> asyncio.Task[str]:
        task = asyncio.create_task(flights.result(key, {TOPIC: position}, build_named(name)))
        await asyncio.sleep(0)
        return task

    tasks = [await ask("first", 5), await ask("same", 5), await ask("newer", 6), await ask("older", 5)]
    tasks.append(await ask("other", 5, key="b"))
    await asyncio.sleep(0)
    gate.set()

    assert [await task for task in tasks] == ["first", "first", "newer", "newer", "other"]
    assert begun == ["first", "newer", "other"]
