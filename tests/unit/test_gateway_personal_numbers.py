"""A PESEL that someone writes into an address, a filter or a header stands in no answer, log line and span."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.support.answers import assert_problem
from tests.support.builders.personal_numbers import assert_untold, made_up_pesel
from tests.support.services.gateway import DASHBOARD, Indicators, client_of, gateway_in_front_of

from miernik_shared.tracing import TRACING

NUMBER = made_up_pesel()
ADDRESSES = {
    "of a service that is down": (f"/v1/reporting-units/by-external-id/x/{NUMBER}", 503),
    "in two parts": (f"/v1/reporting-units/by-external-id/x/{NUMBER[:6]}%2F{NUMBER[6:]}", 503),
    "that goes up": (f"/v1/reporting-units/%2E%2E/{NUMBER}", 404),
    "of nothing": (f"/v1/persons/Jan%20{NUMBER}", 404),
}


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    TRACING.start("test", SimpleSpanProcessor(exporter))
    yield exporter
    TRACING.stop()


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(("address", "status"), ADDRESSES.values(), ids=ADDRESSES.keys())
async def test_path_is_logged_and_returned_without_the_personal_number(
    log_lines: io.StringIO, spans: InMemorySpanExporter, method: str, address: str, status: int
) -> None:
    provider = Indicators(failure=httpx.ConnectError("down"))
    async with client_of(gateway_in_front_of(provider)) as client:
        answer = await client.request(method, address)
    assert answer.status_code == status
    assert "…" in answer.json()["instance"]
    (seen,) = (dict(one.attributes or {})["url.path"] for one in spans.get_finished_spans())
    assert seen == answer.json()["instance"]
    assert str(seen) in log_lines.getvalue()
    assert_untold(NUMBER, answer.text, log_lines.getvalue(), str(seen))
    if provider.asked:
        assert provider.asked[0].url.raw_path.decode() == address


@pytest.mark.parametrize("value", [NUMBER, f"Jan {NUMBER}", f"{NUMBER[:6]}  {NUMBER[6:]}"])
async def test_a_filter_with_it_is_refused_and_no_service_asked(log_lines: io.StringIO, value: str) -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        for _ in range(2):
            answer = await client.get(DASHBOARD, params={"measure": value})
            assert_problem(answer, 422, "personal_number", at="/query/measure")
            assert_untold(NUMBER, answer.text, log_lines.getvalue())

    assert provider.reads == 0


async def test_the_name_of_a_parameter_is_told_without_it(log_lines: io.StringIO) -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        answer = await client.get(DASHBOARD, params={NUMBER: "1"})

    assert_problem(answer, 422, "parameter_unknown", at="/query/…")
    assert answer.json()["errors"][0]["params"] == {"parameter": "…"}
    assert_untold(NUMBER, answer.text, log_lines.getvalue())


async def test_a_request_is_not_named_by_it(log_lines: io.StringIO) -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        answers = [await client.get(DASHBOARD, headers={"X-Request-Id": sent}) for sent in (NUMBER, NUMBER, "a-1")]

    assert [len(answer.headers["x-request-id"]) for answer in answers] == [16, 16, 3]
    assert_untold(NUMBER, *(str(answer.headers) for answer in answers), log_lines.getvalue())
