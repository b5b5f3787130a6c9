"""Cache keys: every difference between two requests leads to different answers, however often each was read.

The third read of a request is the first that finds both its cached answer and its cached query.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.regions.recorded_reports import pipeline, slides_17_to_19
from tests.support.services.gateway import (
    DASHBOARD,
    OTHER_REGION_KEY,
    REGION_KEY,
    UNIT_KEY,
    achieved,
    client_of,
    gateway,
    report,
    report_row,
    set_feeds_connected,
    settings,
    verifier,
)

from miernik_gateway.app import GatewayApplication

LIST = "/v1/dashboards"
READS = 3
MIDNIGHT = datetime(2011, 9, 26, 22, 0, tzinfo=UTC)
"""In Warsaw, between the 26th and the 27th."""


@dataclass
class MovableClock:
    """A clock that a test sets."""

    at: datetime = MIDNIGHT - timedelta(hours=10)

    def now(self) -> datetime:
        return self.at


@dataclass
class SightedService(httpx.AsyncBaseTransport):
    """A service whose figures differ by what its caller may see."""

    service: str
    down: bool = False
    asked: list[httpx.Request] = field(default_factory=list[httpx.Request])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.down:
            raise httpx.ConnectError("refused")
        sees_all = verifier(self.service).caller(request.headers["authorization"]).region
        content = json.dumps({**self._body(request.url.path, sees_all), "position": 10}).encode()
        headers = {"Content-Type": "application/json", "Miernik-Position": f"{self.service}=10"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))

    def _body(self, path: str, sees_all: bool) -> dict[str, object]:
        if path.endswith("/bounds"):
            return {"first_on": "2008-01-31" if sees_all else "2010-01-31", "last_on": "2011-08-31"}
        if path.endswith("/indicators"):
            return report(report_row("7.1-1", "Liczba klientów", achieved="7009" if sees_all else "12"))
        return slides_17_to_19() if path.endswith("/calls") else pipeline()


@dataclass(frozen=True)
class Read:
    """A request of a reader."""

    path: str = DASHBOARD
    query: str = ""
    key: str = REGION_KEY
    language: str = "pl"
    encoding: str = "identity"

    async def ask(self, app: GatewayApplication) -> httpx.Response:
        headers = {"Accept-Language": self.language, "Accept-Encoding": self.encoding}
        async with client_of(app, self.key) as client:
            answer = await client.get(f"{self.path}?{self.query}" if self.query else self.path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer


def services() -> dict[str, SightedService]:
    return {name: SightedService(name) for name in ("calls", "contracts", "indicators")}


def gateway_at(clock: MovableClock, providers: dict[str, SightedService]) -> GatewayApplication:
    app = gateway(settings(), clock=clock, transports=providers)
    set_feeds_connected(app, True)
    return app


def describe_body(answer: httpx.Response) -> tuple[bytes, str | None, str | None, str]:
    """The bytes of an answer and what they are."""
    names = ("content-encoding", "content-language")
    encoding, language = (answer.headers.get(name) for name in names)
    return answer.content, encoding, language, answer.headers["etag"]


DIFFERENT = {
    "access class": (Read(), Read(key=UNIT_KEY)),
    "access class of the list": (Read(LIST), Read(LIST, key=UNIT_KEY)),
    "language": (Read(), Read(language="en")),
    "language of the list": (Read(LIST), Read(LIST, language="en")),
    "encoding": (Read(), Read(encoding="gzip")),
    "encoding of the list": (Read(LIST), Read(LIST, encoding="gzip")),
    "filter": (Read(), Read(query="as_of=2011-06-30")),
    "filter value": (Read(query="territory=04"), Read(query="territory=0402")),
    "moment": (Read(query="as_of=2011-06-30"), Read(query="as_of=2011-06-30&known_at=2011-07-01T00:00:00Z")),
    "dashboard": (Read("/v1/dashboards/pipeline"), Read("/v1/dashboards/calls")),
}


@pytest.mark.parametrize("first_comes_first", [True, False], ids=["in order", "reversed"])
@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
async def test_different_requests_read_often_keep_their_own_answers(
    pair: tuple[Read, Read], first_comes_first: bool
) -> None:
    providers = services()
    app = gateway_at(MovableClock(), providers)
    one, other = pair if first_comes_first else pair[::-1]
    ones = [describe_body(await one.ask(app)) for _ in range(READS)]
    others = [describe_body(await other.ask(app)) for _ in range(READS)]
    again = describe_body(await one.ask(app))
    alone = describe_body(await other.ask(gateway_at(MovableClock(), services())))

    assert ones == [again] * READS
    assert others == [alone] * READS
    assert again != alone


async def test_callers_of_one_access_class_share_one_build() -> None:
    providers = services()
    app = gateway_at(MovableClock(), providers)
    for key in (REGION_KEY, OTHER_REGION_KEY) * READS:
        await Read(key=key).ask(app)

    assert len(providers["indicators"].asked) == 1


async def test_readers_of_two_access_classes_at_once_share_no_build() -> None:
    app = gateway_at(MovableClock(), services())
    region, unit = await asyncio.gather(Read().ask(app), Read(key=UNIT_KEY).ask(app))

    assert (achieved(region), achieved(unit)) == ("7009", "12")


async def test_what_another_access_class_read_is_not_shown_as_stale() -> None:
    providers = services()
    app = gateway_at(MovableClock(), providers)
    await Read(LIST).ask(app)
    for service in providers.values():
        service.down = True
    listed = (await Read(LIST, key=UNIT_KEY).ask(app)).json()

    assert {(one["status"], one["first_on"]) for one in listed} == {("missing", None)}


@pytest.mark.parametrize("before", [timedelta(hours=3), timedelta(microseconds=1)], ids=str)
async def test_default_day_read_often_becomes_the_next_day_at_midnight(before: timedelta) -> None:
    clock = MovableClock(MIDNIGHT - before)
    app = gateway_at(clock, services())
    evening = [(await Read().ask(app)).json()["filters"]["as_of"] for _ in range(READS)]
    clock.at = MIDNIGHT
    night = [(await Read().ask(app)).json()["filters"]["as_of"] for _ in range(READS)]

    assert evening == ["2011-09-26"] * READS
    assert night == ["2011-09-27"] * READS


async def test_default_day_in_the_list_becomes_the_next_day_at_midnight() -> None:
    clock = MovableClock(MIDNIGHT - timedelta(microseconds=1))
    app = gateway_at(clock, services())
    evening = [(await Read(LIST).ask(app)).json()[0]["filters"][0]["default"] for _ in range(READS)]
    clock.at = MIDNIGHT
    night = [(await Read(LIST).ask(app)).json()[0]["filters"][0]["default"] for _ in range(READS)]

    assert (evening, night) == (["2011-09-26"] * READS, ["2011-09-27"] * READS)


async def repeated_authorization(*keys: str) -> httpx.Response:
    """A read with several keys at a gateway that has their answers."""
    app = gateway_at(MovableClock(), services())
    for key in (REGION_KEY, UNIT_KEY) * READS:
        await Read(key=key).ask(app)
    headers = [("Authorization", f"Bearer {key}") for key in keys]
    headers += [("Accept-Language", "pl"), ("Accept-Encoding", "identity")]
    async with client_of(app, None) as client:
        return await client.get(DASHBOARD, headers=headers)


@pytest.mark.parametrize("keys", [("mk_" + "x" * 43, REGION_KEY), (UNIT_KEY, REGION_KEY), (REGION_KEY, REGION_KEY)])
async def test_two_keys_in_one_request_are_refused_in_front_of_the_cache(keys: tuple[str, str]) -> None:
    answer = await repeated_authorization(*keys)
    assert_problem(answer, 400, "header_repeated", at="/headers/Authorization")


@pytest.mark.parametrize(
    "more",
    ["as_of=2011-06-30", "as%5Fof=2010-06-30", "known_at=", "known_at=%20", "measure=%E2%80%8B", "measure", "x=1", ";"],
)
async def test_cached_answer_is_not_given_to_a_query_of_two_readings(more: str) -> None:
    app = gateway_at(MovableClock(), services())
    async with client_of(app) as client:
        for _ in range(READS):
            cached = await client.get(f"{DASHBOARD}?as_of=2011-06-30")
        refused = [await client.request(method, f"{DASHBOARD}?as_of=2011-06-30&{more}") for method in ("GET", "HEAD")]

    assert cached.status_code == 200
    assert [answer.status_code for answer in refused] == [422, 422]


@pytest.mark.parametrize("tags", ["*", '"a", {etag}', "W/{etag}"])
async def test_reader_who_has_the_body_is_told_so_before_and_behind_the_cache(tags: str) -> None:
    app = gateway_at(MovableClock(), services())
    async with client_of(app) as client:
        etag = (await client.get(DASHBOARD)).headers["etag"]
        plain = {"If-None-Match": tags.format(etag=etag)}
        # Two lines of a header are not served in front.
        lines = [*plain.items(), ("If-None-Match", '"b"')] if tags != "*" else [("If-None-Match", "*")]
        answers = [await client.get(DASHBOARD, headers=headers) for headers in (plain, lines)]

    assert [answer.status_code for answer in answers] == [304, 304]
