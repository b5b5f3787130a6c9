"""A gateway in this process in front of running services, which writes down what passes on both of its sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
from tests.support.recorded_dashboards.questions import Plan, Planner
from tests.support.recorded_dashboards.recording import (
    Case,
    Conditions,
    Recording,
    ServiceAnswer,
    Step,
    kept_headers,
)
from tests.support.recorded_dashboards.region import RecordedRegion
from tests.support.recorded_dashboards.replay import asked_of, gateway_without_cache, read_dashboard
from tests.support.services.running_system import RunningSystem
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

SERVICES = ("calls", "contracts", "indicators")
_HEADERS = ("content-type", "content-language", "miernik-position")
_TOO_LONG = {
    "type": "urn:miernik:problem:past_read_too_long", "title": "Odczyt trwał za długo", "status": 503,
    "detail": "Odczyt przerwano.", "instance": "/v1/reports", "code": "past_read_too_long",
}  # fmt: skip
_FAULTY_BODIES = {
    "error": (500, {"code": "internal_error"}),
    "too_long": (503, _TOO_LONG),
    "unreadable": (200, {"as_of": "2011-08-31", "rows": "none", "offices": "none"}),
}
_FAILURES = {"refused": httpx.ConnectError, "late": httpx.ReadTimeout}


class WatchedService(httpx.AsyncBaseTransport):
    """Passes requests on to a running service, unless ``fault`` says how it fails, and notes what it answers."""

    def __init__(self, service: str, running: httpx.AsyncBaseTransport) -> None:
        self._service = service
        self._running = running
        self.fault: str | None = None
        self.answers: list[ServiceAnswer] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = asked_of(self._service, request)
        if self.fault in _FAILURES:
            failure = _FAILURES[self.fault]
            self.answers.append(ServiceAnswer(asked, failure=failure.__name__))
            raise failure("recorded")
        answer = await self._answer(request)
        body = (await answer.aread()).decode()
        if self.fault == "empty":
            body = _without_rows(body)
        headers = kept_headers(answer.headers, _HEADERS)
        self.answers.append(ServiceAnswer(asked, None, answer.status_code, headers, body))
        return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(body.encode()))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.fault in (None, "empty"):
            request.headers["Accept-Encoding"] = "identity"
            return await self._running.handle_async_request(request)
        status, body = _FAULTY_BODIES[str(self.fault)]
        return httpx.Response(status, json=body)


def _without_rows(body: str) -> str:
    """A report with nothing in its lists, as it is before anything was defined."""
    return json.dumps({name: [] if isinstance(value, list) else value for name, value in json.loads(body).items()})


async def record_plans(system: RunningSystem, region: RecordedRegion) -> tuple[Recording, tuple[Case, ...]]:
    """All cases, and those of the sample."""
    conditions = Conditions(datetime.now(UTC).replace(microsecond=0), (region.unit_id,))
    running = {name: httpx.AsyncHTTPTransport() for name in SERVICES}
    recorded: list[Case] = []
    sample: list[Case] = []
    for plan in Planner(region.moments).every_plan():
        case = await _record(plan, conditions, system, running)
        recorded.append(case)
        if plan.sample:
            sample.append(case)
    for transport in running.values():
        await transport.aclose()
    return Recording(conditions, tuple(recorded)), tuple(sample)


async def _record(
    plan: Plan, conditions: Conditions, system: RunningSystem, running: Mapping[str, httpx.AsyncBaseTransport]
) -> Case:
    watched = {name: WatchedService(name, running[name]) for name in SERVICES}
    addresses = {f"{name}_url": system.url(name) for name in SERVICES}
    keys = {"signing_key": private_key("gateway"), "trusted_keys": TRUSTED_KEYS}
    app = gateway_without_cache(conditions, watched, **addresses, **keys)
    steps: list[Step] = []
    for question, faults in plan.steps:
        for name, service in watched.items():
            service.fault, service.answers = faults.get(name), []
        answer = await read_dashboard(app, question)
        reports = sorted(
            (one for service in watched.values() for one in service.answers), key=lambda one: repr(one.asked)
        )
        steps.append(Step(question, tuple(reports), answer))
    return Case(plan.name, tuple(steps))
