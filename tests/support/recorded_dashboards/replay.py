"""A gateway in this process in front of recorded services, and the same gateway in front of the running ones.

Nothing here knows how the gateway composes a dashboard: it has an application, a clock and keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from tests.support.recorded_dashboards.recording import (
    Asked,
    Case,
    Conditions,
    GatewayAnswer,
    Question,
    ServiceAnswer,
    Step,
    kept_headers,
)
from tests.support.services.gateway import POOR_KEY, REGION_KEY, SCOPES, UNIT_KEY, client_of, gateway, settings

from miernik_gateway.app import GatewayApplication
from miernik_gateway.clients.keys import digest_key
from miernik_gateway.clients.queries import FoundKey
from miernik_shared.service_tokens import Caller
from miernik_shared.values.as_of import FixedClock

_KEYS = {"region": REGION_KEY, "unit": UNIT_KEY, "poor": POOR_KEY}
_ANSWER_HEADERS = (
    "content-type", "content-language", "cache-control", "etag", "vary", "miernik-position", "miernik-degraded",
    "www-authenticate",
)  # fmt: skip
_FAILURES: Mapping[str, Any] = {one.__name__: one for one in (httpx.ConnectError, httpx.ReadTimeout)}


def gateway_without_cache(
    conditions: Conditions, transports: Mapping[str, httpx.AsyncBaseTransport], **configured: Any
) -> GatewayApplication:
    """A gateway that composes every answer anew, at the recorded moment."""
    callers = {
        REGION_KEY: Caller("gateway", "region-client", SCOPES, region=True),
        UNIT_KEY: Caller("gateway", "unit-client", SCOPES, units=conditions.units),
        POOR_KEY: Caller("gateway", "poor-client", frozenset({"reports:read"}), region=True),
    }
    found = {digest_key(key): FoundKey(caller, None) for key, caller in callers.items()}

    async def find_key(digest: bytes) -> FoundKey | None:
        return found.get(digest)

    clock = FixedClock(conditions.now)
    return gateway(settings(cache_bytes=0, **configured), clock=clock, transports=transports, find_key=find_key)


async def read_dashboard(app: GatewayApplication, question: Question) -> GatewayAnswer:
    """The gateway's answer to one request."""
    # Without compression: other versions of zlib make other bytes of the same body.
    headers = {"Accept-Language": question.language, "Accept-Encoding": "identity", "X-Request-Id": "recorded"}
    async with client_of(app, _KEYS.get(question.reader)) as client:
        address = f"{question.path}?{question.query}" if question.query else question.path
        answer = await client.get(address, headers=headers)
    return GatewayAnswer(answer.status_code, kept_headers(answer.headers, _ANSWER_HEADERS), answer.content.decode())


def asked_of(service: str, request: httpx.Request) -> Asked:
    """A request to a service as it is recorded."""
    query = urlencode(sorted(parse_qsl(request.url.query.decode(), keep_blank_values=True)))
    return Asked(service, request.url.path, query, request.headers.get("accept-language", ""))


class RecordedService(httpx.AsyncBaseTransport):
    """Transport with the answers recorded for one step; a request that was not recorded fails."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._answers: dict[Asked, ServiceAnswer] = {}
        self.asked: list[Asked] = []

    def expect(self, step: Step) -> None:
        """Switch to the answers of this step."""
        self._answers = {one.asked: one for one in step.reports if one.asked.service == self._service}
        self.asked = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = asked_of(self._service, request)
        self.asked.append(asked)
        recorded = self._answers.get(asked)
        if recorded is None:
            return httpx.Response(404, json={"code": "not_recorded"})
        if recorded.failure:
            raise _FAILURES[recorded.failure]("recorded")
        content = httpx.ByteStream(recorded.body.encode())
        return httpx.Response(recorded.status, headers=dict(recorded.headers), stream=content)


def _in_order(asked: list[Asked]) -> list[Asked]:
    return sorted(asked, key=repr)


async def replay_case(case: Case, conditions: Conditions) -> list[tuple[Step, GatewayAnswer, list[Asked], list[Asked]]]:
    """Replay a case: for each step the gateway's answer now, and the requests to services then and now."""
    services = {name: RecordedService(name) for name in ("calls", "contracts", "indicators")}
    app = gateway_without_cache(conditions, services)
    replayed: list[tuple[Step, GatewayAnswer, list[Asked], list[Asked]]] = []
    for step in case.steps:
        for service in services.values():
            service.expect(step)
        answer = await read_dashboard(app, step.question)
        now = [asked for service in services.values() for asked in service.asked]
        replayed.append((step, answer, _in_order([one.asked for one in step.reports]), _in_order(now)))
    return replayed
