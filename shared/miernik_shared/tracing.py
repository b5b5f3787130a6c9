"""Traces across the parts (W3C Trace Context): every part takes a trace up, names it in its logs and passes it on.

Spans are made only where an OTLP collector is configured by the usual variables (``OTEL_EXPORTER_OTLP_ENDPOINT``);
otherwise OpenTelemetry's SDK is not even loaded, and what is left is one random number a request. There are three kinds
of spans: a request, a transaction with the number of its statements and the time that they took, a page of a feed being
applied. Answers of the gateway's byte cache make none.
"""

import os
import re
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    """Where we are in a trace: its id, that of the span at work, whether the caller records it, vendors' own words."""

    trace_id: str
    span_id: str
    flags: str = "00"
    state: str = ""

    @property
    def header(self) -> str:
        """As it is passed on in ``traceparent``."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


_current: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


class Tracing:
    """Makes spans, or none: ``tracer`` is there only where something collects them."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self._provider: Any = None

    def start(self, service: str, processor: Any) -> None:
        """Begins to make spans for a processor of OpenTelemetry's SDK."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        resource = Resource.create({"service.name": f"miernik-{service}", "service.namespace": "miernik"})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(processor)
        self.tracer = self._provider.get_tracer("miernik")

    def stop(self) -> None:
        """Sends what is left and makes no more spans. Blocks."""
        if self._provider is not None:
            self._provider.shutdown()
        self._provider = self.tracer = None


TRACING = Tracing()
"""That of this process."""


def configure_tracing(service: str) -> None:
    """Sends spans to the collector that the environment names, if it names one."""
    if TRACING.tracer is None and any(os.environ.get(name) for name in _ENDPOINTS):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        TRACING.start(service, BatchSpanProcessor(OTLPSpanExporter()))


def current_trace_id() -> str:
    """The id of the trace being worked on; empty outside of one."""
    context = _current.get()
    return context.trace_id if context else ""


def trace_headers() -> dict[str, str]:
    """What a call to another part carries."""
    context = _current.get()
    if context is None:
        return {}
    return {HEADER: context.header, STATE_HEADER: context.state} if context.state else {HEADER: context.header}


def parse_trace_context(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """The trace that a caller is in, by its headers; None for headers that say nothing."""
    found = _SHAPE.fullmatch(traceparent) if traceparent else None
    # Version 00 has no further fields.
    if found is None or traceparent is None or (traceparent.startswith("00") and found[4]):
        return None
    state = tracestate if tracestate and len(tracestate) <= _LONGEST_STATE and tracestate.isascii() else ""
    return TraceContext(found[1], found[2], found[3], state)


class Span:
    """A span being made; nothing happens in one that nobody collects."""

    __slots__ = ("_made",)

    def __init__(self, made: Any = None) -> None:
        self._made = made

    @property
    def collected(self) -> bool:
        """Whether anybody will see it."""
        return self._made is not None

    def rename(self, name: str) -> None:
        """Names it anew, once it is known better what it was."""
        if self._made is not None:
            self._made.update_name(name)

    def set_attributes(self, attributes: Attributes) -> None:
        """Says something about it."""
        if self._made is not None:
            self._made.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        """Marks it as failed."""
        if self._made is not None:
            from opentelemetry.trace import StatusCode

            self._made.set_status(StatusCode.ERROR, reason)


_NO_SPAN = Span()


@contextmanager
def request_span(traceparent: str | None, tracestate: str | None, *, quiet: bool = False) -> Generator[Span]:
    """Takes a caller's trace up, or begins one, for the time of a request. ``quiet`` requests make no span."""
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
    """Goes on in a trace that was left."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def span(name: str, attributes: Attributes | None = None) -> Generator[Span]:
    """A piece of work inside the current trace, or one of its own."""
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
    """A span that whoever opened it must end."""

    span: Span
    context: TraceContext
    made: Any

    def end(self) -> None:
        """Ends it."""
        self.made.end()


def open_span(name: str, parent: TraceContext | None, kind: "SpanKind | None" = None) -> OpenSpan:
    """Begins a span below ``parent``. Only where spans are made."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanKind, set_span_in_context

    assert TRACING.tracer is not None  # noqa: S101 - the caller has asked
    above = set_span_in_context(NonRecordingSpan(_to_span_context(parent)), Context()) if parent else Context()
    made = TRACING.tracer.start_span(name, above, kind or SpanKind.INTERNAL)
    own = made.get_span_context()
    state = parent.state if parent else ""
    context = TraceContext(f"{own.trace_id:032x}", f"{own.span_id:016x}", f"{own.trace_flags:02x}", state)
    return OpenSpan(Span(made), context, made)


def current_context() -> TraceContext | None:
    """Where we are; None outside of a trace."""
    return _current.get()


def _to_span_context(context: TraceContext) -> "SpanContext":
    from opentelemetry.trace import SpanContext, TraceFlags

    flags = TraceFlags(int(context.flags, 16) & TraceFlags.SAMPLED)
    return SpanContext(int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags)
