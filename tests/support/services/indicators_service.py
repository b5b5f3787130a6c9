"""The service ``indicators`` in this process, on a real database, with callers and builders for what tests need."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
from tests.support.answers import ok
from tests.support.regions.terc_files import terc_file
from tests.support.services.service_client import ServiceClient, running

from miernik_indicators.app import CLIENT_SCOPES, create_app
from miernik_indicators.settings import IndicatorsSettings
from miernik_local.provision import DatabaseUrls

CSV = {"Content-Type": "text/csv"}
FORM = "SP7"
OPEN_FOR_EVER = {"opens_on": "2007-01-01", "due_on": "2099-01-01"}


class IndicatorsService(ServiceClient):
    """The service ``indicators`` with builders for its register, definitions, forms and returns."""

    name = "indicators"
    scopes = CLIENT_SCOPES

    def gmina(self, *units: dict[str, Any], client: str = "gmina") -> httpx.AsyncClient:
        """A caller who may see and report for these units only."""
        return self.caller(client, region=False, units=[unit["id"] for unit in units])

    async def import_register(self, content: bytes | None = None, **query: str) -> httpx.Response:
        path = "/v1/territory-imports"
        return await self.officer.post(path, params=query, content=content or terc_file(), headers=CSV)

    async def add_unit(self, territory: str, kind: str = "OPS", **more: Any) -> dict[str, Any]:
        body = {"kind": kind, "territory": territory, "name": f"{kind} {territory}", **more}
        return ok(await self.officer.post("/v1/reporting-units", json=body))

    async def add_indicator(
        self, code: str, aggregation: str = "sum", parts: Sequence[str] = (), **more: Any
    ) -> dict[str, Any]:
        body = definition(aggregation, parts, code=code, measure=code.partition("-")[0], **more)
        return ok(await self.officer.post("/v1/indicators", json=body))

    async def set_target(self, code: str, status: str, value: str, **more: Any) -> None:
        body = {"status": status, "value": value, "effective_on": "2007-01-01", **more}
        ok(await self.officer.post(f"/v1/indicators/{code}/targets", json=body))

    async def add_form(self, indicators: Sequence[str], code: str = FORM, **more: Any) -> dict[str, Any]:
        return ok(await self.officer.post("/v1/forms", json=form_body(indicators, code=code, **more)))

    async def open_periods(self, *periods: str, form: str = FORM, **days: str) -> None:
        for period in periods:
            ok(await self.officer.put(f"/v1/forms/{form}/periods/{period}", json=OPEN_FOR_EVER | days))

    async def send(
        self,
        content: str | bytes,
        *,
        unit: str = "OPS-040201",
        period: str = "2011-H1",
        form: str = FORM,
        by: httpx.AsyncClient | None = None,
        key: str | None = None,
        if_match: str | None = None,
        media_type: str = "text/csv",
        **query: str,
    ) -> httpx.Response:
        """Send a return; text is encoded as UTF-8."""
        headers = {"Content-Type": media_type, "Idempotency-Key": key, "If-Match": if_match}
        return await (by or self.officer).post(
            "/v1/submissions",
            params={"form": form, "unit": unit, "period": period, **query},
            content=content.encode() if isinstance(content, str) else content,
            headers={name: value for name, value in headers.items() if value is not None},
        )

    async def send_confirmed(self, content: str | bytes, **options: Any) -> httpx.Response:
        """Send a return, and confirm all of its unlikely values if there are any."""
        answer = await self.send(content, **options)
        kinds = answer.json().get("confirmations", []) if answer.status_code == 422 else []
        return await self.send(content, confirm=",".join(one["token"] for one in kinds), **options) if kinds else answer

    async def report(self, by: httpx.AsyncClient | None = None, **query: str) -> dict[str, Any]:
        return ok(await (by or self.officer).get("/v1/reports/indicators", params=query))

    async def row(
        self, code: str, breakdown: str | None = None, by: httpx.AsyncClient | None = None, **query: str
    ) -> dict[str, Any]:
        """One row of the report."""
        rows = (await self.report(by, **query))["rows"]
        return next(row for row in rows if (row["indicator"], row["breakdown"]) == (code, breakdown))


def running_indicators(
    urls: DatabaseUrls, *, raising: bool = True, **settings: Any
) -> AbstractAsyncContextManager[IndicatorsService]:
    """Run the service with its lifespan."""
    return running(IndicatorsService, create_app, IndicatorsSettings, urls, raising=raising, **settings)


def definition(aggregation: str = "sum", parts: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A version of an indicator's definition."""
    return {
        "name": "Liczba klientów",
        "definition": "Osoby objęte kontraktami socjalnymi",
        "unit_of_measure": "osoby",
        "kind": "result",
        "aggregation": aggregation,
        "percentage_base": "revised",
        "parts": [{"code": part, "name": f"w tym {part}"} for part in parts],
        "valid_from": "2007-01-01",
        **more,
    }


def form_body(indicators: Sequence[str], **more: Any) -> dict[str, Any]:
    return {
        "title": "Sprawozdanie z realizacji Działania",
        "unit_kind": "OPS",
        "period_kind": "half_year",
        "indicators": list(indicators),
        "source_note": "Dane na podstawie Sprawozdania za {period}",
        **more,
    }


def csv(*rows: str, header: str = "indicator;breakdown;value") -> str:
    """A file of a return."""
    return "".join(f"{line}\n" for line in (header, *rows))


def sheet(*rows: str) -> str:
    """A file of a collective return, with the unit in each row."""
    return csv(*rows, header="unit;indicator;breakdown;value")
