"""Checks of every endpoint of a service: common refusals, success, and idempotent writes.

A file of tests derives a class from `EndpointChecks`, gives it its table and makes the `scene`; the fixtures `client`,
`shared_client` and `own_client` stand in the conftest of the integration tests.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, ClassVar

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.personal_numbers import assert_untold, made_up_pesel
from tests.support.endpoints.matrix import IF_FIRST, KEY, Endpoint, EndpointClient
from tests.support.endpoints.planted_numbers import PlantedNumberChecks
from tests.support.endpoints.selection import each
from tests.support.endpoints.spellings import SpellingChecks
from tests.support.services.credentials import refused_credentials, token
from tests.support.services.service_keys import PARTS, SignedCalls

from miernik_shared.service_tokens import Caller

OPERATION = ("/health",)
FEED = "GET /v1/events"
REPLAYED = "idempotency-replayed"
PROBLEM = "application/problem+json"
LARGEST_LIMIT = 64 * 1024 * 1024  # bytes: no endpoint takes more
CHUNK = b" " * 512 * 1024


def cursor(*values: Any) -> str:
    return encoded(json.dumps(values).encode())


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def strange_cursors(endpoint: Endpoint) -> list[str]:
    """Cursors that the endpoint did not make."""
    foreign = (cursor(), cursor("elsewhere", 1), "nonsense", "ż", encoded(b"{}"), encoded(b"7"))
    values = (
        (), (1, 2, 3, 4), (None,), (None, None), ([1],), ("x", 1.5), (True,), ("x", "y"), ("2011-99-99", 1),
        ("x", 7, "y"),
    )  # fmt: skip
    wrong = [one for one in values if tuple(map(type, one)) != endpoint.lists]
    return [*foreign, *(cursor(endpoint.list_name, *one) for one in wrong)]


def good_cursor(endpoint: Endpoint) -> str:
    """A cursor that the endpoint could have made."""
    of_kind = {str: "x", int: 1, date: "2011-01-01"}
    return cursor(endpoint.list_name, *(of_kind[kind] for kind in endpoint.lists))


def if_match(endpoint: Endpoint) -> dict[str, str]:
    return IF_FIRST if endpoint.changes else {}


def assert_answers(endpoint: Endpoint, answer: httpx.Response, service: str) -> None:
    """Assert that the answer is that of a request that succeeds for the first time."""
    assert answer.status_code == endpoint.status, answer.text
    assert endpoint.operation == FEED or answer.headers["miernik-position"].startswith(f"{service}=")
    assert len(answer.headers["x-request-id"]) == 16
    assert ("etag" in answer.headers) is endpoint.tagged
    assert ("miernik-families" in answer.headers) is endpoint.writes
    assert answer.headers.get("miernik-families") == endpoint.families or not endpoint.families


class EndpointChecks(SpellingChecks, PlantedNumberChecks):
    """The checks. A new endpoint without a row in the table fails the first of them."""

    service: ClassVar[str]
    scopes: ClassVar[frozenset[str]]
    followers: ClassVar[frozenset[str]]
    """The parts that may read the feed."""
    endpoints: ClassVar[Sequence[Endpoint]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        chosen = getattr(metafunc.function, "chosen", None)
        if chosen:
            metafunc.parametrize("endpoint", [one for one in self.endpoints if chosen(one)], ids=str)

    def test_the_table_has_every_endpoint_and_what_the_document_says_of_it(self, shared_client: EndpointClient) -> None:
        described = {
            f"{method.upper()} {path}": {one["name"]: one["required"] for one in operation.get("parameters", [])}
            for path, operations in shared_client.service.app.openapi()["paths"].items()
            if path not in OPERATION
            for method, operation in operations.items()
        }
        assert sorted(described) == sorted(map(str, self.endpoints))
        for endpoint in self.endpoints:
            parameters = described[endpoint.operation]
            assert bool(endpoint.lists) is ("cursor" in parameters), endpoint
            assert endpoint.needs_key is parameters.get(KEY, False), endpoint
            assert endpoint.writes is (KEY in parameters), endpoint
            assert parameters.get("If-Match", False) <= endpoint.changes <= ("If-Match" in parameters), endpoint

    @each()
    async def test_without_good_credentials_nothing_is_answered(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        for wrong, credentials in refused_credentials(self.service, self.scopes).items():
            answer = await client.send(
                endpoint, by=client.service.stranger, headers=IF_FIRST | {"Authorization": credentials}
            )
            assert answer.status_code == 401, wrong
            assert answer.json()["code"] in ("credentials_missing", "credentials_refused")
            assert answer.headers["www-authenticate"] == "Bearer"

    @each(lambda endpoint: endpoint.operation == FEED)
    async def test_the_credentials_would_be_good_but_for_that(self, client: EndpointClient, endpoint: Endpoint) -> None:
        good = {"Authorization": token(self.service, self.scopes)}
        assert (await client.send(endpoint, by=client.service.stranger, headers=good)).status_code == 200

    @each()
    async def test_the_scope_of_the_endpoint_is_needed(self, client: EndpointClient, endpoint: Endpoint) -> None:
        others = client.service.caller("poor", scopes=self.scopes - {endpoint.scope})
        answer = await client.send(endpoint, by=others, headers=IF_FIRST)
        assert_problem(answer, 403, "scope_missing")
        assert endpoint.scope in answer.json()["detail"]

    @each()
    async def test_another_part_may_read_the_feed_and_nothing_else(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        for part in sorted({*PARTS} - {"gateway"}):
            auth = SignedCalls(self.service, Caller(part, part, self.scopes, region=True))
            answer = await client.send(endpoint, by=client.service.stranger, auth=auth, headers=IF_FIRST)
            allowed = 200 if endpoint.operation == FEED else 403
            assert answer.status_code == (allowed if part in self.followers else 401), part

    @each()
    async def test_a_parameter_that_is_none_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        answer = await client.send(endpoint, path=endpoint.asking("dryrun=07"), headers=IF_FIRST)
        assert_problem(answer, 422, "parameter_unknown", at="/query/dryrun")
        (error,) = answer.json()["errors"]
        assert "dryrun" in error["message"]
        assert "07" not in error["message"]

    @each(lambda endpoint: endpoint.nowhere)
    async def test_what_is_not_there_is_not_found(self, client: EndpointClient, endpoint: Endpoint) -> None:
        answer = await client.send(endpoint, path=endpoint.nowhere, headers=IF_FIRST)
        assert (answer.status_code, answer.headers["content-type"]) == (endpoint.not_there, PROBLEM)
        assert answer.status_code == 422 or answer.json()["code"].endswith(("_not_found", "_unknown"))
        english = await client.send(endpoint, path=endpoint.nowhere, headers=IF_FIRST | {"Accept-Language": "en"})
        assert english.json()["detail"] != answer.json()["detail"]

    @each(lambda endpoint: endpoint.by_id)
    async def test_an_id_that_is_none_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        for none in ("17", "7.2", "WND-1"):
            answer = await client.send(endpoint, path=endpoint.with_id(none), headers=IF_FIRST)
            assert_problem(answer, 422, "request_invalid")

    @each(lambda endpoint: endpoint.by_external_id)
    async def test_a_blank_external_id_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        blank = endpoint.template.replace("{system}", "%20")
        answer = await client.send(endpoint, path=blank, headers={"If-Match": '"x"'})
        assert_problem(answer, 422, "request_invalid")

    @each(lambda endpoint: endpoint.by_external_id)
    async def test_a_personal_number_in_the_address_is_refused_and_told_nowhere(
        self, client: EndpointClient, endpoint: Endpoint, log_lines: io.StringIO
    ) -> None:
        number = made_up_pesel()
        for value in (number, f"PESEL%20{number}", f"{number[:6]}%20%20{number[6:]}", f"{number[:6]}%2F{number[6:]}"):
            path = endpoint.template.replace("{value}", value)
            answer = await client.send(endpoint, path=path, headers=IF_FIRST)
            assert_problem(answer, 422, "personal_number", at="/path/value")
            assert_untold(number, answer.text, str(answer.headers))
        assert "/…'" in log_lines.getvalue()
        assert_untold(number, log_lines.getvalue())

    @each()
    async def test_a_personal_number_in_the_query_is_told_nowhere(
        self, client: EndpointClient, endpoint: Endpoint, log_lines: io.StringIO
    ) -> None:
        number = made_up_pesel()
        operations = client.service.app.openapi()["paths"][endpoint.template]
        parameters = operations[endpoint.method.lower()].get("parameters", [])
        names = [one["name"] for one in parameters if one["in"] == "query"]
        for query in (f"{number}=1", *(f"{name}={number}" for name in names)):
            answer = await client.send(endpoint, path=endpoint.asking(query), headers=IF_FIRST)
            assert answer.status_code in (200, 400, 404, 409, 422), query
            assert_untold(number, answer.text, str(answer.headers))
        assert_untold(number, log_lines.getvalue())

    @each(lambda endpoint: endpoint.body)
    async def test_a_body_that_cannot_be_read_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        broken = {b"{": 400, b"\xff": 400, b"": 400 if endpoint.any_object else 422}
        wrong = (b"[]", b'"x"', b"null", b'{"unknown": 1}', *(() if endpoint.empty_body else (b"{}",)))
        for content, status in (broken | dict.fromkeys(wrong, 422)).items():
            answer = await client.send(endpoint, content=content, headers=IF_FIRST)
            assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), content

    @each(lambda endpoint: endpoint.body and not endpoint.any_object)
    async def test_a_field_that_is_none_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        answer = await client.send(endpoint, also={"colour": "red"}, headers=IF_FIRST)
        assert_problem(answer, 422, "field_unknown")

    @each(lambda endpoint: endpoint.texts)
    async def test_a_text_that_no_column_holds_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        for field in endpoint.texts:
            answer = await client.send(endpoint, also={field: "x\u0000"}, headers=IF_FIRST)
            assert_problem(answer, 422, "request_invalid")

    @each(lambda endpoint: endpoint.writes)
    async def test_key_given_twice_in_rows_of_json_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        document = client.service.app.openapi()["paths"][endpoint.template]
        if "application/json" in document[endpoint.method.lower()]["requestBody"]["content"]:
            headers = if_match(endpoint) | {"Content-Type": "application/json"}
            answer = await client.send(endpoint, content=b'{"rows": [{"x": 1, "x": 2}]}', headers=headers)
            assert_problem(answer, 422, "key_repeated")

    @each(lambda endpoint: endpoint.writes)
    async def test_a_body_over_the_limit_is_refused_before_it_is_read(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        answer = await client.send(endpoint, headers=IF_FIRST | {"Content-Length": str(LARGEST_LIMIT + 1)})
        assert_problem(answer, 413, "body_too_long")

    @each(lambda endpoint: endpoint.writes)
    async def test_a_body_that_grows_over_the_limit_is_refused(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(LARGEST_LIMIT // len(CHUNK) + 1):
                yield CHUNK

        answer = await client.send(endpoint, content=endless(), headers=IF_FIRST)
        assert_problem(answer, 413, "body_too_long")

    @each(lambda endpoint: endpoint.changes)
    async def test_a_change_needs_the_current_state(self, client: EndpointClient, endpoint: Endpoint) -> None:
        missing = await client.send(endpoint)
        stale = await client.send(endpoint, headers={"If-Match": '"v99"'})
        assert_problem(missing, 428, "if_match_missing")
        weak = await client.send(endpoint, headers={"If-Match": 'W/"v1"'})
        assert_problem(stale, 412, "if_match_stale")
        assert_problem(weak, 412, "if_match_weak")
        assert stale.headers["etag"] == weak.headers["etag"] == '"v1"'

    @each(lambda endpoint: endpoint.lists)
    async def test_a_foreign_cursor_is_refused(self, client: EndpointClient, endpoint: Endpoint) -> None:
        for strange in strange_cursors(endpoint):
            answer = await client.send(endpoint, path=endpoint.asking(f"cursor={strange}"))
            assert_problem(answer, 400, "cursor_foreign")
        good = await client.send(endpoint, path=endpoint.asking(f"cursor={good_cursor(endpoint)}"))
        assert good.status_code == 200, good.text

    @each(lambda endpoint: endpoint.lists)
    async def test_a_page_has_a_size(self, client: EndpointClient, endpoint: Endpoint) -> None:
        for limit in ("0", "501", "x"):
            answer = await client.send(endpoint, path=endpoint.asking(f"limit={limit}"))
            assert_problem(answer, 422, "request_invalid")

    @each(lambda endpoint: not endpoint.writes)
    async def test_a_good_read_succeeds(self, client: EndpointClient, endpoint: Endpoint) -> None:
        assert_answers(endpoint, await client.send(endpoint), self.service)

    @each(lambda endpoint: endpoint.writes)
    async def test_a_good_write_succeeds(self, own_client: EndpointClient, endpoint: Endpoint) -> None:
        """Omit the idempotency key where none is needed; the current state may be one of several."""
        current = {"If-Match": '"v0", "v1"'} if endpoint.changes else {}
        headers = current if endpoint.needs_key else current | {KEY: None}
        assert_answers(endpoint, await own_client.send(endpoint, headers=headers), self.service)

    @each(lambda endpoint: endpoint.writes)
    async def test_a_key_does_a_write_once_however_often_it_is_sent(
        self, own_client: EndpointClient, endpoint: Endpoint
    ) -> None:
        keyed = {KEY: "k-1"} | ({"If-Match": "*"} if endpoint.changes else {})
        before = own_client.service.row_counts()["change"]
        answers = await asyncio.gather(*(own_client.send(endpoint, headers=keyed) for _ in range(3)))
        assert {answer.status_code for answer in answers} <= {endpoint.status, 409}
        (first,) = (one for one in answers if one.is_success and REPLAYED not in one.headers)
        assert_answers(endpoint, first, self.service)
        after_first = own_client.service.row_counts()
        assert after_first["change"] == before + 1
        again = await own_client.send(endpoint, headers=keyed)
        assert (again.status_code, again.content, again.headers[REPLAYED]) == (first.status_code, first.content, "true")
        for header in ("etag", "location", "miernik-position"):
            assert again.headers.get(header) == first.headers.get(header)
        for content, header in ((b"{} ", {}), (None, {"Content-Type": "text/x"}), (None, {"If-Match": '"v1", "v7"'})):
            other = await own_client.send(endpoint, content=content, headers=keyed | header)
            assert_problem(other, 422, "idempotency_key_reused")
        assert own_client.service.row_counts() == after_first

    @each(lambda endpoint: endpoint.upserts)
    async def test_an_unknown_external_id_makes_a_new_thing(
        self, own_client: EndpointClient, endpoint: Endpoint
    ) -> None:
        path = own_client.filled(endpoint.template.replace("{value}", "2"))
        answer = await own_client.send(endpoint, path=path, also=endpoint.another)
        assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"'), answer.text
        assert [one["value"] for one in answer.json()["external_ids"]] == ["2"]
        by_id, by_external_id = [
            ok(await own_client.service.officer.get(address)) for address in (answer.headers["location"], path)
        ]
        assert by_id == by_external_id == by_external_id | answer.json()
