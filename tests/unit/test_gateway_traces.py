"""A trace goes through every part and is named in its logs; spans cost nothing where nobody collects them."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.support.services.gateway import DASHBOARD, Indicators, client_of, gateway_in_front_of

from miernik_shared.structured_logs import configure_logging
from miernik_shared.tracing import (
    TRACING,
    configure_tracing,
    current_trace_id,
    parse_trace_context,
    request_span,
    span,
    trace_headers,
)

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize("header", [SENT, f"00-{TRACE}-{SPAN}-00", f"01-{TRACE}-{SPAN}-01-what-comes-later"])
def test_a_callers_trace_is_read(header: str) -> None:
    found = parse_trace_context(header)

    assert found is not None
    assert (found.trace_id, found.span_id) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "x",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"{SENT}\n",
    ],
)
def test_invalid_traceparent_is_ignored(header: str | None) -> None:
    assert parse_trace_context(header) is None


async def test_the_services_are_told_of_the_trace_that_a_client_is_in() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        headers = {"traceparent": SENT, "tracestate": "vendor=1"}
        await client.get(DASHBOARD, headers=headers)
        await client.post("/v1/submissions", json={}, headers=headers)
        await client.get("/v1/observations")
    read, written, other = (dict(request.headers) for request in provider.asked)
    for told in (read, written):
        assert (told["traceparent"], told["tracestate"]) == (SENT, "vendor=1")
    own = parse_trace_context(other["traceparent"])

    assert own is not None
    assert own.trace_id != TRACE
    assert own.flags == "00", "nobody here collects what it would belong to"
    assert "tracestate" not in other


@contextmanager
def configured_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("gateway")
    try:
        yield
    finally:
        root.handlers[:], root.level = handlers, level


def test_a_log_line_names_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    with configured_logging():
        log = logging.getLogger("somewhere")
        log.info("outside")
        with request_span(SENT, None):
            log.info("inside")
        log.info("outside again")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [line.get("trace_id") for line in lines] == [None, TRACE, None]


async def test_a_defect_is_logged_under_the_trace_of_its_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = gateway_in_front_of(Indicators())
    monkeypatch.setattr(app.state.gateway.keys, "authenticate", None)
    with configured_logging():
        async with client_of(app) as client:
            with pytest.raises(TypeError):
                await client.get(DASHBOARD, headers={"traceparent": SENT})
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert {line["event"]: line.get("trace_id") for line in lines} == {
        "request": TRACE,
        "a request failed by a defect": TRACE,
    }


def test_nothing_is_made_and_nothing_loaded_where_no_collector_is_named() -> None:
    script = (
        "import sys, miernik_gateway.app, miernik_indicators.app\n"
        "from miernik_shared.tracing import TRACING, configure_tracing, request_span, span\n"
        "configure_tracing('gateway')\n"
        "with request_span(None, None), span('work'): assert TRACING.tracer is None\n"
        "sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter sends."""

    received: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    class Listening(Collector):
        received: list[tuple[str, bytes]] = []  # noqa: RUF012 - this class is this test's own

    server = HTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Listening.received
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_go_to_the_collector_that_the_environment_names(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, received = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    configure_tracing("gateway")
    try:
        with request_span(SENT, None) as request:
            request.rename("GET /v1/dashboards")
            outer = trace_headers()["traceparent"]
            with span("inner", {"events": 3}):
                assert current_trace_id() == TRACE
                assert trace_headers()["traceparent"] != outer != SENT
    finally:
        TRACING.stop()
    assert {path for path, _ in received} == {"/v1/traces"}
    sent = b"".join(body for _, body in received)
    for word in (b"miernik-gateway", b"GET /v1/dashboards", b"inner", bytes.fromhex(TRACE), bytes.fromhex(SPAN)):
        assert word in sent
    assert TRACING.tracer is None
