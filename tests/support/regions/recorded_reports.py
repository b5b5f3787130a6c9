"""Reports of calls and contracts as the gateway reads them, with the figures of the sample region's decks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.support.services.gateway import NOON, gateway, set_feeds_connected, settings

from miernik_gateway.app import GatewayApplication
from miernik_shared.values.as_of import FixedClock

HEADINGS = [{"office": "04", "level": "priority", "code": "VII", "name": "Promocja integracji społecznej"}]
NAMES = {
    "7.1.1": "Rozwój i upowszechnianie aktywnej integracji przez ośrodki pomocy społecznej",
    "7.1.2": "Rozwój i upowszechnianie aktywnej integracji przez powiatowe centra pomocy rodzinie",
    "7.1.3": "Podnoszenie kwalifikacji kadr pomocy i integracji społecznej",
    "7.2.1": "Aktywizacja zawodowa i społeczna osób zagrożonych wykluczeniem społecznym",
    "7.2.2": "Wsparcie ekonomii społecznej",
    "7.3": "Inicjatywy lokalne na rzecz aktywnej integracji",
}


@dataclass
class FixedReports(httpx.AsyncBaseTransport):
    """Service with a fixed answer for each path."""

    service: str
    bodies: dict[str, Any] = field(default_factory=dict[str, Any])
    position: int = 10
    status: int = 200
    failure: Exception | None = None
    asked: list[httpx.Request] = field(default_factory=list[httpx.Request])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.failure:
            raise self.failure
        body = self.bodies.get(request.url.path)
        if body is None:
            return httpx.Response(404, json={"code": "not_found"})
        headers = {"Miernik-Position": f"{self.service}={self.position}", "Content-Type": "application/json"}
        content = json.dumps({"position": self.position, **body} if isinstance(body, dict) else body).encode()
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(content))


def gateway_before(*providers: FixedReports) -> GatewayApplication:
    """A gateway in front of these services."""
    transports = {provider.service: provider for provider in providers}
    app = gateway(settings(), clock=FixedClock(NOON), transports=transports)
    set_feeds_connected(app, True)
    return app


def node(code: str | None, **more: Any) -> dict[str, Any]:
    """Common members of the rows of the tree; without a code, of a row that is no node."""
    level = None if code is None else "measure" if code.count(".") == 1 else "sub_measure"
    measure = code and ".".join(code.split(".")[:2])
    return {
        "office": "04",
        "node_id": code and f"node-{code}",
        "code": code,
        "level": level,
        "name": code and NAMES.get(code, code),
        "measure": measure,
        "kind": "node" if code else "total",
        "directly_on": None,
        "complete": True,
        "proof": None,
        **more,
    }


def stage(number: int | None, value: str | None) -> dict[str, Any]:
    return {"number": number, "value_pln": value}


def pipeline_row(code: str | None, *stages: tuple[int | None, str | None], **more: Any) -> dict[str, Any]:
    names = ("submitted", "formally_positive", "accepted")
    proof = {"proof": "/v1/applications"}
    return node(code, **{name: stage(*one) | proof for name, one in zip(names, stages, strict=True)}, **more)


def pipeline(*rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "as_of": "2011-08-31",
        "known_at": None,
        "office": "04",
        "headings": HEADINGS,
        "rows": list(rows),
        "sources": [
            {"office": "04", "column": "formally_positive", "text": "Dane na podstawie KSI SIMIK", "date": "2011-08-31"}
        ],
        "findings": [],
        **more,
    }


def slide_5() -> dict[str, Any]:
    return pipeline(
        pipeline_row("7.1.1", (139, "77905316.44"), (139, "77512480.00"), (138, "76418210.18")),
        pipeline_row("7.1.2", (22, "31480915.07"), (22, "31365200.00"), (21, "31102640.21")),
        pipeline_row("7.1.3", (5, "7214880.35"), (5, "7120300.00"), (4, "7009456.00")),
        pipeline_row("7.2.1", (612, "486214377.82"), (431, "351907264.19"), (118, "74217435.25")),
        pipeline_row("7.2.2", (138, "142655081.46"), (96, "104318722.90"), (41, "29959549.88")),
        pipeline_row("7.3", (1487, "69745312.11"), (1012, "47938605.73"), (334, "15843856.54")),
        pipeline_row(None, (2403, "815215883.25"), (1705, "620162572.82"), (656, "234551148.06")),
    )


def share(percentage: str | None, contracted: str, allocation: str, allocation_pln: str) -> dict[str, Any]:
    amounts = {"contracted_pln": contracted, "allocation_eur": allocation, "allocation_pln": allocation_pln}
    return {"percentage": percentage, **amounts}


FIRST = share("54.95", "114530306.39", "52000000.00", "208426400.00")
SECOND = share("75.01", "104176985.13", "34650000.00", "138884130.00")
THIRD = share("52.46", "15843856.54", "7535000.00", "30201787.00")
ALL = share("62.13", "234551148.06", "94185000.00", "377512317.00")
RATE = {
    "source": "ec_monthly",
    "table_no": None,
    "effective_on": "2011-08-01",
    "rate": "4.008200",
    "asked_on": "2011-08-31",
    "office": None,
    "offices": ["04"],
}


def contracting_row(
    code: str | None,
    signed: tuple[int | None, str | None],
    recommended: tuple[int | None, str | None],
    shared: Mapping[str, Any] | None,
    **more: Any,
) -> dict[str, Any]:
    recommended_cell = stage(*recommended) | {"proof": None}
    found = {"signed": stage(*signed), "recommended": recommended_cell, "share": shared, "rates": []}
    return node(code, **{"agreement_kind": None, **found, **more})


def contracting(*rows: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "as_of": "2011-08-31",
        "known_at": None,
        "office": "04",
        "headings": HEADINGS,
        "rows": list(rows),
        "rate": RATE,
        "rates": [],
        "sources": [],
        "notes": [],
        **more,
    }


def slide_6() -> dict[str, Any]:
    none = (None, None)
    return contracting(
        contracting_row("7.1.1", (138, "76418210.18"), none, FIRST, agreement_kind="framework"),
        contracting_row("7.1.2", (21, "31102640.21"), none, FIRST, agreement_kind="framework"),
        contracting_row("7.1.3", (4, "7009456.00"), none, FIRST),
        contracting_row("7.2.1", (99, "62735118.57"), (19, "11482316.68"), SECOND, agreement_kind="grant"),
        contracting_row("7.2.2", (35, "24745249.88"), (6, "5214300.00"), SECOND, agreement_kind="grant"),
        contracting_row("7.3", (331, "15697036.52"), (3, "146820.02"), THIRD, agreement_kind="grant"),
        contracting_row(None, (628, "217707711.36"), (28, "16843436.70"), ALL),
    )


def call(code: str, title: str, **more: Any) -> dict[str, Any]:
    return {
        "office": "04",
        "call_id": f"call-{code}-{title}",
        "node_id": f"node-{code}",
        "code": code,
        "level": "priority" if "." not in code else node(code)["level"],
        "node_name": NAMES.get(code, "Promocja integracji społecznej"),
        "number": None,
        "title": title,
        "theme": None,
        "project_type": None,
        "kind": "closed",
        "closes_on": "2011-08-31",
        "budget_pln": "1500000.00",
        "applications": None,
        "planned_signing": {"from": "2012-02", "to": "2012-02"},
        "proof": "/v1/applications",
        **more,
    }


TYPE_OF_PROJECT = (
    "Rozwój nowych form i metod wsparcia indywidualnego i środowiskowego na rzecz integracji zawodowej i społecznej "
    "(w tym np. środowiskowej pracy socjalnej, centrów aktywizacji lokalnej, animacji lokalnej, streetworkingu, "
    "coachingu, treningu pracy)."
)
THEME = "Poszukiwanie skutecznych metod zapewniania trwałości funkcjonowania instytucji ekonomii społecznej"


def slides_17_to_19() -> dict[str, Any]:
    first = call(
        "7.2.1",
        "Pierwszy konkurs zamknięty",
        theme="na projekty wspierające osoby niepełnosprawne",
        closes_on="2011-04-29",
        budget_pln="12000000.00",
        applications=stage(57, "46318904.37"),
        planned_signing={"from": "2011-09", "to": "2011-10"},
    )
    second = call(
        "7.2.1",
        "Drugi konkurs zamknięty",
        theme="ogólny",
        closes_on="2011-08-12",
        budget_pln="14618532.07",
        applications=stage(108, "92406118.61"),
        planned_signing={"from": "2011-12", "to": "2012-01"},
    )
    third = call(
        "7.2.2",
        "Konkurs zamknięty",
        number="1/7.2.2/POKL/2011",
        applications=stage(13, "15872340.92"),
        planned_signing={"from": "2011-10", "to": "2011-10"},
    )
    transnational = call("7.2.1", "Projekty współpracy ponadnarodowej", project_type=TYPE_OF_PROJECT)
    innovative = call("VII", "Projekty innowacyjne", theme=THEME)
    return {
        "as_of": "2011-09-26",
        "known_at": None,
        "office": "04",
        "headings": HEADINGS,
        "undated": [],
        "rows": [first, second, transnational, third, innovative],
        "sources": [],
    }
