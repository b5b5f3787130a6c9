"""Distributed tracing (W3C Trace Context): every service continues the caller's trace, logs its id and passes it on.

Spans are recorded only where an OTLP collector is configured by the usual variables (``OTEL_EXPORTER_OTLP_ENDPOINT``);
otherwise OpenTelemetry's SDK is not loaded, and tracing costs one random number per request. Three kinds of spans
exist: a request, a transaction with the number and total time of its statements, and the application of a page of a
feed. Responses from the gateway's byte cache have none.
"""

import os
import re
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from miernik_shared.values.personal_numbers import holds_digits_of_personal_number, holds_personal_number

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext, SpanKind, Tracer

HEADER = "traceparent"
STATE_HEADER = "tracestate"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SHAPE = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST_STATE = 512
Attributes = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Position in a trace: trace id, current span id, the caller's trace flags, vendors' trace state."""

    trace_id: str
    span_id: str
    flags: str = "00"
    state: str = ""

    @property
    def header(self) -> str:
        """Value of the ``traceparent`` header."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


class Tracing:
    """Tracer of this process; ``tracer`` is ``None`` unless a collector is configured."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self._provider: Any = None

    def start(self, service: str, processor: Any) -> None:
        """Start recording spans with a span processor of OpenTelemetry's SDK."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        resource = Resource.create({"service.name": f"miernik-{service}", "service.namespace": "miernik"})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self.tracer = self._provider.get_tracer("miernik")

    def stop(self) -> None:
        """Flush pending spans and stop recording. Blocks."""
        if self._provider is not None:
            self._provider.shutdown()
        self._provider = self.tracer = None


TRACING = Tracing()
"""Tracing of this process."""


def configure_tracing(service: str) -> None:
    """Export spans to the collector configured in the environment, if there is one."""
    if TRACING.tracer is None and any(os.environ.get(name) for name in _ENDPOINTS):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        TRACING.start(service, BatchSpanProcessor(OTLPSpanExporter()))


def current_trace_id() -> str:
    """Id of the current trace; empty outside of one."""
    context = _current.get()
    return context.trace_id if context else ""


def trace_headers() -> dict[str, str]:
    """Trace headers of a call to another service; empty outside of a trace."""
    context = _current.get()
    if context is None:
        return {}
    return {HEADER: context.header, STATE_HEADER: context.state} if context.state else {HEADER: context.header}


def parse_trace_context(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """Trace context in a caller's headers; ``None`` if they are missing or malformed.

    Ids are logged and exported: one of which eleven digits are a PESEL begins a new trace, as does one in thousands of
    those that programs make.
    """
    found = _SHAPE.fullmatch(traceparent) if traceparent else None
    # Version 00 has no further fields.
    if found is None or traceparent is None or (traceparent.startswith("00") and found[4]):
        return None
    if any(map(holds_digits_of_personal_number, found.groups(default=""))):
        return None
    state = tracestate if tracestate and len(tracestate) <= _LONGEST_STATE and tracestate.isascii() else ""
    if holds_personal_number(state) or holds_digits_of_personal_number(state):
        state = ""
    return TraceContext(found[1], found[2], found[3], state)


class Span:
    """Span being recorded; every method does nothing when no collector is configured."""

    __slots__ = ("_made",)

    def __init__(self, made: Any = None) -> None:
        self._made = made

    @property
    def collected(self) -> bool:
        """Whether the span is exported."""
        return self._made is not None

    def rename(self, name: str) -> None:
        """Replace the name, once a more specific one is known."""
        if self._made is not None:
            self._made.update_name(name)

    def set_attributes(self, attributes: Attributes) -> None:
        """Set attributes of the span."""
        if self._made is not None:
            self._made.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        """Mark the span as failed."""
        if self._made is not None:
            from opentelemetry.trace import StatusCode

            self._made.set_status(StatusCode.ERROR, reason)


_NO_SPAN = Span()


@contextmanager
def request_span(traceparent: str | None, tracestate: str | None, *, quiet: bool = False) -> Generator[Span]:
    """Continue the caller's trace, or start one, for the duration of a request. ``quiet`` requests have no span."""
    received = parse_trace_context(traceparent, tracestate)
    if TRACING.tracer is not None and not quiet:
        from opentelemetry.trace import SpanKind

        with _recorded_span("request", received, SpanKind.SERVER) as span:
            yield span
        return
    token = _current.set(received or TraceContext(secrets.token_hex(16), secrets.token_hex(8)))
    try:
        yield _NO_SPAN
    finally:
        _current.reset(token)


@contextmanager
def use_trace_context(context: TraceContext | None) -> Generator[None]:
    """Make ``context`` the current trace context inside the block."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def span(name: str, attributes: Attributes | None = None) -> Generator[Span]:
    """Span inside the current trace, or of a new one."""
    if TRACING.tracer is None:
        yield _NO_SPAN
        return
    with _recorded_span(name, _current.get()) as made:
        made.set_attributes(attributes or {})
        yield made


@contextmanager
def _recorded_span(name: str, parent: TraceContext | None, kind: "SpanKind | None" = None) -> Generator[Span]:
    opened = open_span(name, parent, kind)
    token = _current.set(opened.context)
    try:
        yield opened.span
    except Exception as error:
        opened.span.fail(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        opened.end()


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """Span that is ended by a call and not by the end of a block."""

    span: Span
    context: TraceContext
    made: Any

    def end(self) -> None:
        """End the span."""
        self.made.end()


def open_span(name: str, parent: TraceContext | None, kind: "SpanKind | None" = None) -> OpenSpan:
    """Start a span below ``parent``. Requires a configured tracer."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanKind, set_span_in_context

    assert TRACING.tracer is not None  # noqa: S101 - checked by the caller
    above = set_span_in_context(NonRecordingSpan(_to_span_context(parent)), Context()) if parent else Context()
    made = TRACING.tracer.start_span(name, above, kind or SpanKind.INTERNAL)
    own = made.get_span_context()
    state = parent.state if parent else ""
    context = TraceContext(f"{own.trace_id:032x}", f"{own.span_id:016x}", f"{own.trace_flags:02x}", state)
    return OpenSpan(Span(made), context, made)


def current_context() -> TraceContext | None:
    """Current trace context; ``None`` outside of a trace."""
    return _current.get()


def _to_span_context(context: TraceContext) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags

    flags = TraceFlags(int(context.flags, 16) & TraceFlags.SAMPLED)
    return SpanContext(int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags)
