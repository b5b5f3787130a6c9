"""A client that breaks off its upload at the gateway: no defect in the log and no 5xx in the metrics."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client import REGISTRY
from tests.support.services.gateway import REGION_KEY, Indicators, gateway_in_front_of

MESSAGES = ({"type": "http.request", "body": b"indicator;", "more_body": True}, {"type": "http.disconnect"})


@dataclass
class Reading(Indicators):
    """The service, which reads a body before it answers."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return await super().handle_async_request(request)


def counted() -> dict[str, float]:
    """Requests of the gateway by status."""
    samples = [one for metric in REGISTRY.collect() for one in metric.samples if one.name == "miernik_requests_total"]
    found: dict[str, float] = {}
    for one in samples:
        found[one.labels["status"]] = found.get(one.labels["status"], 0) + one.value
    return found


async def test_broken_off_upload_is_neither_a_defect_nor_a_5xx(log_lines: io.StringIO) -> None:
    messages, sent = iter(MESSAGES), list[Any]()
    headers = [(b"authorization", f"Bearer {REGION_KEY}".encode()), (b"content-length", b"99")]
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/submissions", "raw_path": b"/v1/submissions", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    before = counted()
    async with asyncio.timeout(10):
        await gateway_in_front_of(Reading())(scope, receive, send)

    after = counted()
    assert {
        status: after[status] - before.get(status, 0) for status in after if after[status] != before.get(status)
    } == {"499": 1}
    assert "Traceback" not in log_lines.getvalue()
    assert sent == []
