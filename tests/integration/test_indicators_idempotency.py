"""Idempotency keys: the first answer again, and nothing twice."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, definition, sheet

REPLAYED = "idempotency-replayed"


async def test_the_same_key_gives_the_same_answer_and_nothing_twice(service: IndicatorsService) -> None:
    first = await service.send(csv("7.1-1;;10"), key="k")
    before = service.row_counts()
    again = await service.send(csv("7.1-1;;10"), key="k")
    assert (again.status_code, again.content) == (201, first.content)
    for header in ("etag", "location", "miernik-position", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert service.row_counts() == before


async def test_a_replay_answers_with_what_was_true_then(service: IndicatorsService) -> None:
    first = await service.send(csv("7.1-1;;10"), key="k")
    ok(await service.send(csv("7.1-1;;11"), if_match='"v1"'))
    again = await service.send(csv("7.1-1;;10"), key="k")

    assert (again.status_code, again.content) == (201, first.content)


async def test_two_at_once_with_one_key_do_it_once(service: IndicatorsService) -> None:
    new = definition(code="7.2-1", measure="7.2")
    answers = await asyncio.gather(
        *(service.officer.post("/v1/indicators", json=new, headers={"Idempotency-Key": "k"}) for _ in range(5))
    )
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert done
    assert len(done) + len(waiting) == 5
    assert {answer.json()["code"] for answer in waiting} <= {"request_in_progress"}
    assert all(answer.headers["retry-after"] == "1" for answer in waiting)
    assert len({answer.content for answer in done}) == 1
    assert service.query("select count(*) from indicator where code = '7.2-1'") == [(1,)]
    later = await service.officer.post("/v1/indicators", json=new, headers={"Idempotency-Key": "k"})
    assert later.content == done[0].content


@pytest.mark.parametrize("change", ["content", "query", "path"])
async def test_the_same_key_for_something_else_is_refused(service: IndicatorsService, change: str) -> None:
    ok(await service.send(csv("7.1-1;;10"), key="k"))
    before = service.row_counts()
    if change == "path":
        answer = await service.officer.post(
            "/v1/indicators", json=definition(code="x", measure="7"), headers={"Idempotency-Key": "k"}
        )
    else:
        content = csv("7.1-1;;11") if change == "content" else csv("7.1-1;;10")
        answer = await service.send(content, key="k", period="2011-H2" if change == "query" else "2011-H1")

    assert_problem(answer, 422, "idempotency_key_reused", at="/headers/Idempotency-Key")
    assert service.row_counts() == before


async def test_the_longest_key_is_taken(service: IndicatorsService) -> None:
    assert (await service.send(csv("7.1-1;;10"), key="k" * 200)).status_code == 201


async def test_a_key_in_use_by_one_client_is_free_for_another(service: IndicatorsService) -> None:
    claim = "select pg_advisory_xact_lock(hashtextextended('indicators/idempotency/officer/k', 0))"
    with psycopg.connect(service.urls.superuser) as other:
        other.execute(claim)

        answers = [
            await service.send(csv("7.1-1;;10"), key="k", by=service.caller(client)) for client in ("officer", "clerk")
        ]

    assert [answer.status_code for answer in answers] == [409, 201]
    assert_problem(answers[0], 409, "request_in_progress")


async def test_the_keys_of_two_clients_have_nothing_to_do_with_each_other(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10"), key="k"))
    other = service.caller("another client")
    answer = await service.send(csv("7.1-1;;11"), key="k", period="2011-H2", by=other)

    assert (answer.status_code, REPLAYED in answer.headers) == (201, False)


async def test_a_refusal_by_a_rule_is_given_again(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    refused = await service.send(csv("7.1-1;;11"), key="k")
    service.query("update unit_return set current_version = 0")
    again = await service.send(csv("7.1-1;;11"), key="k")

    assert_problem(refused, 409, "return_exists")
    assert (again.status_code, again.content, again.headers[REPLAYED]) == (409, refused.content, "true")


async def test_a_rejected_return_is_rejected_again_without_another_attempt(service: IndicatorsService) -> None:
    rejected = await service.send(csv("7.1-1;;12%"), key="k")
    before = service.row_counts()
    again = await service.send(csv("7.1-1;;12%"), key="k")

    assert (again.status_code, again.content, again.headers[REPLAYED]) == (422, rejected.content, "true")
    assert service.row_counts() == before
    assert before["submission"] == 1


async def test_transient_refusal_is_not_stored_under_its_key(
    service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost_the_race(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr("miernik_indicators.submissions.queries.coverage.claim_coverage", lost_the_race)
        raced = await service.send(csv("7.1-1;;10"), key="k")

    assert_problem(raced, 409, "coverage_raced")
    assert raced.headers["retry-after"] == "1"
    assert (await service.send(csv("7.1-1;;10"), key="k")).status_code == 201


@pytest.mark.parametrize("content", ["indicator;value\n7.1-1", "nonsense"])
async def test_unparsable_request_is_not_stored_under_its_key(service: IndicatorsService, content: str) -> None:
    assert (await service.send(content, key="k")).status_code == 400
    assert (await service.send(csv("7.1-1;;10"), key="k")).status_code == 201


async def test_answer_without_a_change_is_stored_under_its_key(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    replay = await service.send(csv("7.1-1;;10"), key="k")
    ok(await service.send(csv("7.1-1;;11"), if_match='"v1"'))
    again = await service.send(csv("7.1-1;;10"), key="k")
    assert (replay.status_code, again.status_code, again.content) == (200, 200, replay.content)
    other = await service.send(csv("7.1-1;;12"), key="k")
    assert_problem(other, 422, "idempotency_key_reused", at="/headers/Idempotency-Key")


async def test_an_expired_key_is_free_again(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10"), key="k"))
    service.query("update idempotency_key set expires_at = now() - interval '1 second'")
    answer = await service.send(csv("7.1-1;;11"), key="k", if_match='"v1"')
    assert (answer.status_code, answer.json()["version"], REPLAYED in answer.headers) == (201, 2, False)
    assert service.row_counts()["idempotency_key"] == 1
    kept = service.query("select expires_at > now() + interval '89 days' from idempotency_key")
    assert kept == [(True,)]


@pytest.mark.parametrize("key", ["", "k" * 201, "k\u00e9\x80"])
async def test_an_unusable_key_is_refused(service: IndicatorsService, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = await service.officer.post("/v1/indicators", json={}, headers=headers)

    assert answer.status_code in (400, 422)
    assert key == "" or answer.json()["code"] == "idempotency_key_unusable"


async def test_keys_work_for_every_kind_of_write(service: IndicatorsService) -> None:
    async def twice(method: str, path: str, body: object, **headers: str) -> None:
        answers = [
            await service.officer.request(method, path, json=body, headers={"Idempotency-Key": path, **headers})
            for _ in range(2)
        ]
        assert answers[0].is_success, answers[0].text
        assert answers[1].content == answers[0].content
        assert answers[1].headers[REPLAYED] == "true"

    unit = {"kind": "PCPR", "territory": "0402", "name": "PCPR"}
    await twice("POST", "/v1/reporting-units", unit)
    await twice("PUT", "/v1/reporting-units/by-external-id/cas/1", unit | {"territory": "0408"})
    await twice(
        "POST", "/v1/indicators/7.1-1/targets", {"status": "original", "value": "1", "effective_on": "2007-01-01"}
    )
    await twice("PUT", "/v1/forms/SP7/periods/2014-H1", {"opens_on": "2014-07-01", "due_on": "2014-07-31"})
    await twice(
        "PUT", "/v1/indicators/7.1-1", definition(redefined=False, valid_from="2012-01-01"), **{"If-Match": '"v1"'}
    )

    assert service.query("select count(*) from target") == [(1,)]


async def test_a_collective_return_is_replayed_by_its_key(service: IndicatorsService) -> None:
    content = sheet("OPS-040201;7.1-1;;1", "OPS-221208;7.1-1;;2")
    first = await service.send(content, unit="ROPS-04", key="k")
    again = await service.send(content, unit="ROPS-04", key="k")

    assert first.headers["miernik-families"] == "observations:04,observations:22,submissions"
    assert again.content == first.content
    assert "miernik-families" not in again.headers
