"""Fuzzed requests to the gateway's own paths: every response has a declared status, and none is a 5xx."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from tests.house.openapi_documents import document
from tests.support.regions.recorded_reports import FixedReports, gateway_before, slide_5, slide_6, slides_17_to_19
from tests.support.services.gateway import REGION_KEY, report, report_row, set_feeds_connected

PATHS = list(document("gateway")["paths"])
EXAMPLES = hypothesis_settings(
    max_examples=40, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)


class Installation:
    """A gateway before services that answer, made on the event loop of whoever asks first."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        if self._app is None:
            self._app = gateway_before(
                FixedReports("calls", {"/v1/reports/pipeline": slide_5(), "/v1/reports/calls": slides_17_to_19()}),
                FixedReports("contracts", {"/v1/reports/contracting": slide_6()}),
                FixedReports("indicators", {"/v1/reports/indicators": report(report_row("7.1-1", "Liczba klientów"))}),
            )
        set_feeds_connected(self._app, True)
        await self._app(scope, receive, send)


@pytest.mark.parametrize("path", PATHS)
def test_only_declared_statuses_come_back(path: str) -> None:
    schema = schemathesis.openapi.from_dict(document("gateway"))
    schema.app = Installation()
    operation = schema[path]["GET"]
    declared = set(operation.definition.raw["responses"])
    seen: Counter[str] = Counter()

    @EXAMPLES
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {REGION_KEY}"}
        status = str(case.call().status_code)
        seen[status] += 1
        assert status in declared, (status, case.query)

    ask()
    assert "500" not in seen
    assert seen.keys() & {"200", "304"} or path.startswith("/v1/feeds"), seen
