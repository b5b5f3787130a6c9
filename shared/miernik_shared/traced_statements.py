"""One span per transaction, with the number of its statements by kind and the time that the database took."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from miernik_shared.tracing import TRACING, OpenSpan, current_context, open_span

_GROUP = "miernik_statements"
_SENT = "miernik_sent_at"


@dataclass(slots=True)
class _Group:
    """Statements of one transaction so far."""

    opened: OpenSpan
    seconds: float = 0.0
    verbs: Counter[str] = field(default_factory=Counter[str])


def trace_statements(engine: AsyncEngine) -> None:
    """Record spans for an engine's transactions, if tracing is on; a transaction outside of any trace has none."""
    if TRACING.tracer is None:
        return
    for name, listener in (
        ("begin", _begin),
        ("before_cursor_execute", _before),
        ("after_cursor_execute", _after),
        ("commit", _commit),
        ("rollback", _rollback),
    ):
        event.listen(engine.sync_engine, name, listener)


def _begin(connection: Connection) -> None:
    parent = current_context()
    if parent is not None and TRACING.tracer is not None:
        connection.info[_GROUP] = _Group(open_span("transaction", parent))


def _before(connection: Connection, *_: Any) -> None:
    connection.info[_SENT] = time.perf_counter()


def _after(connection: Connection, _: Any, statement: str, *__: Any) -> None:
    group: _Group | None = connection.info.get(_GROUP)
    if group is not None:
        group.seconds += time.perf_counter() - connection.info[_SENT]
        group.verbs[statement.split(None, 1)[0].lower()] += 1


def _commit(connection: Connection) -> None:
    _end(connection, "commit")


def _rollback(connection: Connection) -> None:
    _end(connection, "rollback")


def _end(connection: Connection, outcome: str) -> None:
    group: _Group | None = connection.info.pop(_GROUP, None)
    if group is None:
        return
    group.opened.span.set_attributes(
        {
            "db.system.name": "postgresql",
            "db.operation.batch.size": group.verbs.total(),
            "db.query.summary": ", ".join(f"{count} {verb}" for verb, count in group.verbs.most_common()),
            "miernik.database.seconds": round(group.seconds, 6),
            "miernik.outcome": outcome,
        }
    )
    group.opened.end()
