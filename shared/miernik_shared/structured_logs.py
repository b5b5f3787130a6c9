"""Structured logs: one JSON object a line on standard output."""

import logging
import sys

import structlog

from miernik_shared.tracing import current_trace_id
from miernik_shared.values.personal_numbers import mask_personal_numbers

_OWN = frozenset({"timestamp", "level", "service", "trace_id"})
"""Members of a line that no input gets into."""


def configure_logging(service: str) -> None:
    """Route structlog and the standard library's loggers into the same JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace_id,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[_add_service(service), _drop_meta, _mask_personal_numbers, render]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _add_service(service: str) -> structlog.typing.Processor:
    def name(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    return name


def _add_trace_id(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    trace_id = current_trace_id()
    if trace_id:
        event["trace_id"] = trace_id
    return event


def _drop_meta(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _mask_personal_numbers(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Last barrier: whatever a library says of its input, such as in a traceback, is logged without a PESEL."""
    for name, value in event.items():
        if isinstance(value, str) and name not in _OWN:
            event[name] = mask_personal_numbers(value)
    return event
