"""One trace from the gateway through a service to its database, and the pages of a feed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.support.services.asgi_server import served
from tests.support.services.gateway import DASHBOARD, REGION_KEY, gateway, settings
from tests.support.services.indicators_service import IndicatorsService, form_body, running_indicators
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_local.provision import DatabaseUrls
from miernik_shared.tracing import TRACING

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    TRACING.start("test", SimpleSpanProcessor(exporter))
    yield exporter
    TRACING.stop()


@dataclass
class Installation:
    client: httpx.AsyncClient
    service: IndicatorsService
    spans: InMemorySpanExporter

    async def finished(self, count: int) -> list[ReadableSpan]:
        """The spans of the trace; a request's ends after its answer was sent."""
        for _ in range(200):
            found = [one for one in self.spans.get_finished_spans() if f"{one.context.trace_id:032x}" == TRACE]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError([one.name for one in self.spans.get_finished_spans()])


@pytest.fixture
async def installation(database: DatabaseUrls, spans: InMemorySpanExporter) -> AsyncIterator[Installation]:
    async with running_indicators(database) as service:
        await service.import_register()
        keys = {"signing_key": private_key("gateway"), "trusted_keys": TRUSTED_KEYS}
        configured = settings(database_url=database.app["gateway"], **keys)
        app = gateway(configured, transports={"indicators": httpx.ASGITransport(service.app)})
        async with (
            served(app, lifespan="on") as address,
            httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {REGION_KEY}"}) as client,
        ):
            yield Installation(client, service, spans)


async def test_a_read_is_one_trace_down_to_the_statements(installation: Installation) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    answer = await installation.client.get(DASHBOARD, headers=headers)
    found = {one.name: one for one in await installation.finished(3)}
    outer, inner = found["GET /v1/dashboards/indicators"], found["GET /v1/reports/indicators"]
    statements = found["transaction"]
    assert outer.parent is not None
    assert f"{outer.parent.span_id:016x}" == SPAN
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert statements.parent is not None
    assert statements.parent.span_id == inner.context.span_id
    told = dict(inner.attributes or {})
    assert told["http.response.status_code"] == 200
    assert told["miernik.request_id"] == answer.headers["x-request-id"]
    done = dict(statements.attributes or {})
    assert int(str(done["db.operation.batch.size"])) >= 4
    assert "select" in str(done["db.query.summary"])
    assert float(str(done["miernik.database.seconds"])) > 0


async def test_a_refused_write_ends_in_a_rollback(installation: Installation) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    refused = await installation.service.officer.post("/v1/forms", json=form_body(["unknown"]), headers=headers)
    assert refused.status_code == 422
    found = {one.name: dict(one.attributes or {}) for one in await installation.finished(2)}
    assert found["POST /v1/forms"]["http.response.status_code"] == 422
    assert found["transaction"]["miernik.outcome"] == "rollback"


async def test_a_page_of_a_feed_is_a_trace_of_its_own(installation: Installation) -> None:
    await installation.service.add_indicator("7.1-1")
    for _ in range(300):
        pages = [one for one in installation.spans.get_finished_spans() if one.name == "apply page"]
        if pages:
            break
        await asyncio.sleep(0.01)
    assert pages
    assert dict(pages[0].attributes or {})["source"] == "indicators"
    below = [
        one
        for one in installation.spans.get_finished_spans()
        if one.name == "transaction" and one.parent and one.parent.span_id == pages[0].context.span_id
    ]
    assert len(below) == 1


@pytest.mark.parametrize("path", [DASHBOARD, "/v1/indicators"])
async def test_access_log_line_names_the_client_in_gateway_and_service(
    installation: Installation, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.INFO, "access"):
        assert (await installation.client.get(path)).status_code == 200
        assert (await installation.client.get(path, headers={"Authorization": "Bearer mk_none"})).status_code == 401
    lines = [cast("dict[str, Any]", record.msg) for record in caplog.records if record.name == "access"]
    named = [(line["path"], line["status"], line.get("client")) for line in lines]
    behind = "/v1/reports/indicators" if path == DASHBOARD else path
    asker = "gateway" if path == DASHBOARD else "region-client"

    assert named == [(behind, 200, asker), (path, 200, "region-client"), (path, 401, None)]
