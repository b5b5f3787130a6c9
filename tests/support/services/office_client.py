"""Synchronous client for an office's use of the public API: register, units, indicators, forms, returns, dashboards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from tests.support.answers import ok
from tests.support.regions.terc_files import terc_file
from tests.support.services.indicators_service import OPEN_FOR_EVER, definition, form_body

DASHBOARD = "/v1/dashboards/indicators"


class Office:
    """A client of the gateway with the scopes of an officer."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def import_register(self, content: bytes | None = None) -> None:
        headers = {"Content-Type": "text/csv"}
        ok(self.client.post("/v1/territory-imports", content=content or terc_file(), headers=headers))

    def add_unit(self, territory: str, kind: str = "OPS") -> dict[str, Any]:
        body = {"kind": kind, "territory": territory, "name": f"{kind} {territory}"}
        return ok(self.client.post("/v1/reporting-units", json=body))

    def add_indicator(self, code: str, aggregation: str = "sum", parts: Sequence[str] = (), **more: Any) -> None:
        body = definition(aggregation, parts, code=code, measure=code.partition("-")[0], **more)
        ok(self.client.post("/v1/indicators", json=body))

    def set_target(self, code: str, status: str, value: str, **more: Any) -> httpx.Response:
        body = {"status": status, "value": value, "effective_on": "2007-01-01", **more}
        return self.client.post(f"/v1/indicators/{code}/targets", json=body)

    def add_form(self, code: str, indicators: Sequence[str], periods: Iterable[str]) -> None:
        ok(self.client.post("/v1/forms", json=form_body(indicators, code=code)))
        for period in periods:
            ok(self.client.put(f"/v1/forms/{code}/periods/{period}", json=OPEN_FOR_EVER))

    def send_return(
        self, form: str, unit: str, period: str, content: str, *, version: int = 0, key: str | None = None
    ) -> httpx.Response:
        """Send a return; one that replaces ``version`` is a correction."""
        headers = {"Content-Type": "text/csv"}
        headers |= {"If-Match": f'"v{version}"'} if version else {}
        headers |= {"Idempotency-Key": key} if key else {}
        query = {"form": form, "unit": unit, "period": period}
        return self.client.post("/v1/submissions", params=query, content=content.encode(), headers=headers)


def position_of(answer: httpx.Response) -> int:
    """The position of indicators' log that an answer names."""
    return int(answer.headers["miernik-position"].removeprefix("indicators="))


def shown_rows(dashboard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Cells of all rows of the first section by the row's key."""
    groups = dashboard["sections"][0]["groups"]
    return {row["key"]: row["cells"] for group in groups for row in group["rows"]}
