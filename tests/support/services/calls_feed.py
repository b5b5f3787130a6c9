"""Stub of calls: its event feed, with the events that a test adds."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

OFFICE = "04"
PAGE = 1000
PRIORITY_VII = (
    ("VII", "priority", None, "Promocja integracji społecznej", None),
    ("7.1", "measure", "VII", "Rozwój i upowszechnienie aktywnej integracji", "systemic"),
    ("7.1.1", "sub_measure", "7.1", "Aktywna integracja przez OPS", None),
    ("7.1.2", "sub_measure", "7.1", "Aktywna integracja przez PCPR", None),
    ("7.1.3", "sub_measure", "7.1", "Podnoszenie kwalifikacji kadr", None),
    ("7.2", "measure", "VII", "Przeciwdziałanie wykluczeniu", "competitive"),
    ("7.2.1", "sub_measure", "7.2", "Aktywizacja osób zagrożonych", None),
    ("7.2.2", "sub_measure", "7.2", "Wsparcie ekonomii społecznej", None),
    ("7.3", "measure", "VII", "Inicjatywy lokalne", "competitive"),
)


class CallsFeed:
    """Ordered events; `app` serves them as the real feed does, long polling included."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.nodes: dict[tuple[str, str], dict[str, Any]] = {}
        self.applications: dict[str, dict[str, Any]] = {}
        self.app = Starlette(routes=[Route("/v1/events", self._feed)])
        self._news = asyncio.Event()

    def copy(self) -> CallsFeed:
        """Copy the feed with its events so far, for a consumer whose database is a copy."""
        other = CallsFeed()
        other.events, other.nodes, other.applications = [*self.events], {**self.nodes}, {**self.applications}
        return other

    def happens(self, action: str, subject: str, data: dict[str, Any]) -> int:
        """Append an event and return its position."""
        position = len(self.events) + 1
        self.events.append(
            {
                "specversion": "1.0",
                "id": f"calls/{position}",
                "source": "/calls",
                "type": f"pl.miernik.calls.{action}",
                "subject": subject,
                "time": "2011-09-26T12:00:00Z",
                "position": position,
                "families": [],
                "data": data,
            }
        )
        self._news.set()
        return position

    def node(self, code: str, level: str, parent: str | None = None, *, office: str = OFFICE, **more: Any) -> str:
        """Define a node, or change it if it exists, and return its id."""
        known = self.nodes.get((office, code))
        above = self.nodes[office, parent] if parent else None
        state = {
            "id": known["id"] if known else str(uuid4()),
            "office": office,
            "code": code,
            "level": level,
            "parent": parent,
            "parent_id": above["id"] if above else None,
            "name": f"Nazwa {code}",
            "selection_mode": None,
            "version": known["version"] + 1 if known else 1,
            "valid_from": "2007-01-01",
            **more,
        }
        self.nodes[office, code] = state
        self.happens(f"programme-node.{'changed' if known else 'defined'}", f"programme-nodes/{state['id']}", state)
        return state["id"]

    def priority_vii(self, office: str = OFFICE) -> None:
        """The nine nodes of the decks."""
        for code, level, parent, name, mode in PRIORITY_VII:
            self.node(code, level, parent, office=office, name=name, selection_mode=mode)

    def id_of(self, code: str, office: str = OFFICE) -> str:
        return self.nodes[office, code]["id"]

    def applications_change(self, *states: dict[str, Any], office: str = OFFICE) -> None:
        """One event about some applications, each a whole state as :meth:`application` makes it."""
        data = {"office": office, "import_no": None, "created": 0, "changed": len(states), "applications": list(states)}
        self.happens("applications.changed", "applications", data)

    def application(self, number: str, node: str | None, *, office: str = OFFICE, **changed: Any) -> dict[str, Any]:
        """Next state of an application, not yet in the feed."""
        known = self.applications.get(number)
        state = {
            "id": str(uuid4()),
            "number": number,
            "office": office,
            "accepted_on": None,
            "accepted_value_pln": None,
            "withdrawn_on": None,
            "rejected_on": None,
            **(known or {}),
            "node_id": self.id_of(node, office) if node else None,
            "version": known["version"] + 1 if known else 1,
            **changed,
        }
        self.applications[number] = state
        return state

    def annul_applications(self, *numbers: str, office: str = OFFICE) -> None:
        """Annul applications in one event; the next state of each number is that of another application."""
        states = [self.applications.pop(number) for number in numbers]
        annulled = [state | {"version": state["version"] + 1, "annulled": True} for state in states]
        data = {"office": office, "import_no": None, "annulled": len(states), "restored": 0, "applications": annulled}
        self.happens("applications.annulled", "applications", data)

    def accepted(self, number: str, node: str | None, on: str, value: str, **more: Any) -> str:
        """Add an accepted application and return its id."""
        state = self.application(number, node, accepted_on=on, accepted_value_pln=value, **more)
        self.applications_change(state, office=state["office"])
        return state["id"]

    async def _feed(self, request: Request) -> JSONResponse:
        after, timeout = int(request.query_params["after"]), float(request.query_params["timeout"])
        self._news.clear()
        if after >= len(self.events) and timeout:
            # Not for the whole time asked for, so that a test's end need not wait for it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), min(timeout, 1))
        events = self.events[after : after + PAGE]
        reached = events[-1]["position"] if events else after
        return JSONResponse({"events": events, "next": reached, "more": len(events) == PAGE})
