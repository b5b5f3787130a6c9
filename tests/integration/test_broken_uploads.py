"""An upload that its sender breaks off is no defect: no traceback in the log, no 5xx in the metrics, nothing stored."""

from __future__ import annotations

import io
from typing import Any

import pytest
from prometheus_client import REGISTRY
from tests.support.services.credentials import token
from tests.support.services.indicators_service import IndicatorsService

from miernik_indicators.app import CLIENT_SCOPES

MESSAGES = ({"type": "http.request", "body": b"indicator;", "more_body": True}, {"type": "http.disconnect"})

QUERIES = {"/v1/submissions": b"form=SP7&unit=OPS-040201&period=2011-H1"}


def counted(path: str, status: str) -> float:
    labels = {"method": "POST", "route": path, "status": status}
    return REGISTRY.get_sample_value("miernik_requests_total", labels) or 0


async def send_a_part(service: IndicatorsService, path: str, content_type: str) -> None:
    """Send the beginning of a body and disconnect."""
    messages = iter(MESSAGES)
    authorization = token("indicators", CLIENT_SCOPES).encode()
    headers = [(b"authorization", authorization), (b"content-type", content_type.encode()), (b"content-length", b"999")]
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": QUERIES.get(path, b""),
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        """Drop the answer, as a closed connection does."""

    await service.app(scope, receive, send)


@pytest.mark.parametrize("path", ["/v1/submissions", "/v1/reporting-units", "/v1/territory-imports"])
async def test_broken_off_upload_is_logged_without_a_defect(
    shared_service: IndicatorsService, log_lines: io.StringIO, path: str
) -> None:
    before, rows = [counted(path, status) for status in ("500", "499")], shared_service.row_counts()

    await send_a_part(shared_service, path, "application/json" if path.endswith("units") else "text/csv")

    assert [counted(path, status) for status in ("500", "499")] == [before[0], before[1] + 1]
    assert shared_service.row_counts() == rows
    assert "Traceback" not in log_lines.getvalue()
    assert "defect" not in log_lines.getvalue()
