"""Request ids: on every answer, including those that never reached the application."""

from __future__ import annotations

import pytest
from tests.support.services.gateway import DASHBOARD, Indicators, client_of, gateway_in_front_of


@pytest.mark.parametrize("sent", [None, "abc-123", "with blank", "x" * 65, "zażółć"])
async def test_a_hit_of_the_cache_names_its_request_as_a_miss_does(sent: str | None) -> None:
    headers = {} if sent is None else {"X-Request-Id": sent.encode()}
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        answers = [await client.get(DASHBOARD, headers=headers) for _ in range(3)]
        answers.append(await client.get(DASHBOARD, headers={**headers, "If-None-Match": answers[0].headers["etag"]}))
    assert provider.reads == 1
    assert [answer.status_code for answer in answers] == [200, 200, 200, 304]
    named = [answer.headers["x-request-id"] for answer in answers]
    if sent == "abc-123":
        assert named == [sent] * 4
    else:
        assert len(set(named)) == 4
        assert all(len(one) == 16 for one in named)
