"""A gateway without a database and without a network, in front of a provider that a test controls."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from joserfc.jwk import OKPKey

from miernik_gateway.app import GatewayApplication, create_app
from miernik_gateway.clients.authentication import FindKey
from miernik_gateway.clients.keys import digest_key
from miernik_gateway.clients.queries import FoundKey
from miernik_gateway.settings import GatewaySettings
from miernik_shared.service_tokens import Caller, TokenVerifier
from miernik_shared.values.as_of import FixedClock

NOON = datetime(2011, 9, 26, 12, 0, tzinfo=UTC)
REGION_KEY = "mk_" + "R" * 43
OTHER_REGION_KEY = "mk_" + "S" * 43
UNIT_KEY = "mk_" + "U" * 43
POOR_KEY = "mk_" + "P" * 43
SCOPES = frozenset({"dashboards:read", "reports:read", "submissions:write", "feed:read"})
UNIT = "0192f3a4-0000-7000-8000-000000000001"
KEYS = {
    REGION_KEY: Caller("gateway", "region-client", SCOPES, region=True),
    OTHER_REGION_KEY: Caller("gateway", "other-region-client", SCOPES, region=True),
    UNIT_KEY: Caller("gateway", "unit-client", SCOPES, units=(UNIT,)),
    POOR_KEY: Caller("gateway", "poor-client", frozenset({"reports:read"}), region=True),
}
DASHBOARD = "/v1/dashboards/indicators"


def target(value: str, status: str, **more: Any) -> dict[str, Any]:
    return {
        "value": value,
        "effective_on": "2007-01-01",
        "status": status,
        "earmarked_value": None,
        "earmarked_label": None,
        **more,
    }


def report_row(indicator: str, name: str, **more: Any) -> dict[str, Any]:
    """Row with a whole figure; `more` overrides its fields."""
    row = {
        "measure": indicator.partition("-")[0],
        "indicator": indicator,
        "breakdown": None,
        "level": 0,
        "name": name,
        "unit_of_measure": "osoby",
        "baseline": None,
        "original_target": target("9800.000000", "original"),
        "revised_target": None,
        "achieved": "7009.000000",
        "reported": 144,
        "missing": 0,
        "withheld": False,
        "withheld_reason": None,
        "period": "2011-H1",
        "owing": 144,
        "given": 144,
        "given_for_period": 144,
        "complete": True,
        "percentage": "71.52",
        "percentage_base": "original",
        "last_period_end": "2011-06-30",
        "change_note": None,
        "proof": f"/v1/observations?indicator={indicator}",
    }
    return {**row, **more}


def report(*rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    text = "Dane na podstawie Sprawozdania z realizacji Działania za I półrocze 2011 r. (144 jednostki)"
    measures = sorted({row["measure"] for row in rows})
    return {
        "as_of": "2011-06-30",
        "known_at": None,
        "territory": {"code": "04", "name": "kujawsko-pomorskie", "level": "voivodeship"},
        "rows": list(rows),
        "sources": [{"measure": measure, "text": text, "date": "2011-06-30"} for measure in measures],
        **more,
    }


@dataclass
class Indicators(httpx.AsyncBaseTransport):
    """The service ``indicators`` as the gateway sees it.

    A report is read when the request arrives, as from a snapshot; it is sent when ``open`` lets it through.
    """

    position: int = 10
    body: dict[str, Any] = field(default_factory=lambda: report(report_row("7.1-1", "Liczba klientów")))
    open: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None
    status: int = 200
    reads: int = 0
    asked: list[httpx.Request] = field(default_factory=list[httpx.Request])
    write_headers: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.open.set()

    def change(self, achieved: str, families: str = "observations:04") -> None:
        """Change the figure, and set the headers with which the next write is answered."""
        self.position += 1
        self.body = copy.deepcopy(self.body)
        self.body["rows"][0]["achieved"] = achieved
        self.write_headers = {"Miernik-Position": f"indicators={self.position}", "Miernik-Families": families}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.failure:
            raise self.failure
        if request.method != "GET":
            headers = {"Content-Type": "application/json", "Content-Length": "2", **self.write_headers}
            return httpx.Response(201, headers=headers, stream=httpx.ByteStream(b"{}"))
        self.reads += 1
        position, content = self.position, json.dumps({**self.body, "position": self.position})
        await self.open.wait()
        headers = {"Miernik-Position": f"indicators={position}", "Content-Type": "application/json"}
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(content.encode()))


def signing_key() -> tuple[str, str]:
    """A key of the gateway and the key set in which the services find it, as JSON."""
    key = OKPKey.generate_key("Ed25519", {"kid": "gateway"})
    return json.dumps(key.as_dict(private=True)), json.dumps({"keys": [key.as_dict(private=False)]})


PRIVATE_KEY, TRUSTED_KEYS = signing_key()


def verifier(service: str = "indicators") -> TokenVerifier:
    """Verifier of the gateway's tokens, as a service has it."""
    return TokenVerifier(service, json.loads(TRUSTED_KEYS), {"gateway": SCOPES})


def settings(**more: Any) -> GatewaySettings:
    values = {
        "database_url": "postgresql://nobody@localhost:1/nothing",
        "signing_key": PRIVATE_KEY,
        "trusted_keys": TRUSTED_KEYS,
        "calls_url": "http://calls",
        "contracts_url": "http://contracts",
        "indicators_url": "http://indicators",
    }
    return GatewaySettings(**{**values, **more})


async def find_key(digest: bytes) -> FoundKey | None:
    """The table of keys."""
    return next((FoundKey(caller, None) for key, caller in KEYS.items() if digest_key(key) == digest), None)


def gateway(configured: GatewaySettings, **parts: Any) -> GatewayApplication:
    """Build the application, which takes over the root logger, and give that back to pytest."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return create_app(configured, **{"find_key": find_key, **parts})
    finally:
        root.handlers[:], root.level = handlers, level


def gateway_in_front_of(
    provider: httpx.AsyncBaseTransport, find_key: FindKey = find_key, **more: Any
) -> GatewayApplication:
    """A gateway whose feeds are connected, though nothing runs behind them."""
    app = gateway(settings(**more), clock=FixedClock(NOON), transports={"indicators": provider}, find_key=find_key)
    set_feeds_connected(app, True)
    return app


def set_feeds_connected(app: GatewayApplication, connected: bool) -> None:
    for follower in app.state.service.followers:
        follower.connected = connected
        follower.last_contact = asyncio.get_running_loop().time()


def event_arrives(app: GatewayApplication, position: int, families: str = "observations:04") -> None:
    """Make the follower of ``indicators`` apply the feed up to an event."""
    known = app.state.gateway.known
    known.record_change("indicators", position, families.split(","))
    known.record_projection("indicators", {}, followed=position)


@asynccontextmanager
async def client_of(app: GatewayApplication, key: str | None = REGION_KEY) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
        yield client


def first_cells(body: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of the first row."""
    return body["sections"][0]["groups"][0]["rows"][0]["cells"]


def achieved(answer: httpx.Response) -> str | None:
    return first_cells(answer.json())["achieved"]["value"]
