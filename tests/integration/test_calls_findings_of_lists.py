"""Findings of a list: readable later, page by page, whether the list was accepted or refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import (
    APPLICATIONS,
    IMPORTS,
    imported,
    list_of,
    problems,
    send,
    stored,
    submitted,
)
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy

from miernik_calls.application_imports.views import SHOWN_FINDINGS
from miernik_local.provision import DatabaseUrls

SOUND = submitted("WND-1", node="7.3")
HIGHER = submitted("WND-2", formally_positive_on="2011-03-01", formally_positive_value_pln="1000.01")
BAD = [submitted(f"A{number}", node="9.9") for number in range(3)]
CODE = "application_node_unknown"
MANY = 3000


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def listed(service: CallsService, address: str, **query: str) -> list[dict[str, Any]]:
    """All findings that a link leads to, page by page."""
    found: list[dict[str, Any]] = []
    following: str | None = str(httpx.URL(address, params=query))
    while following:
        answer = await service.officer.get(following)
        found += ok(answer)["items"]
        following = answer.links.get("next", {}).get("url")
    return found


async def test_a_refused_list_is_an_attempt_with_all_its_findings(service: CallsService) -> None:
    refused = await send(service, list_of([submitted(f"A{number}", node="9.9") for number in range(MANY)]))
    attempt = refused.json()["import"]
    assert (refused.status_code, attempt["findings"], len(refused.json()["errors"])) == (422, MANY, SHOWN_FINDINGS)
    assert attempt["links"]["findings"] == f"{IMPORTS}/{attempt['id']}/findings"
    found = await listed(service, attempt["links"]["findings"], limit="500")
    assert [(one["row"], one["column"], one["code"]) for one in found] == [
        (row, "node", CODE) for row in range(2, MANY + 2)
    ]
    assert [
        {name: one[name] for name in error} for one, error in zip(found, refused.json()["errors"], strict=False)
    ] == (refused.json()["errors"])
    assert {one["severity"] for one in found} == {"error"}
    receipt = ok(await service.officer.get(attempt["links"]["self"]))
    counts = ("rows", "created", "changed", "unchanged", "refused", "findings")
    assert [receipt[name] for name in ("outcome", *counts)] == ["rejected", MANY, 0, 0, 0, MANY, MANY]
    assert ok(await service.officer.get(IMPORTS))["items"] == [receipt]
    assert await stored(service) == {}


async def test_an_attempt_is_no_news_of_applications(service: CallsService) -> None:
    refused = await send(service, list_of(BAD))
    assert refused.headers["miernik-families"] == "application-imports"
    assert service.events("applications.changed") == []
    (event,) = service.events("application-import.without-change")
    told = {"id": refused.json()["import"]["id"], "office": "04", "outcome": "rejected", "rows": 3, "refused": 3}
    assert event["data"] == told | {"findings": 3}


async def test_the_findings_speak_the_language_of_who_reads_them(service: CallsService) -> None:
    attempt = (await send(service, list_of(BAD))).json()["import"]
    said = [
        ok(await service.officer.get(attempt["links"]["findings"], headers={"Accept-Language": language}))["items"]
        for language in ("pl", "en")
    ]

    assert [one[0]["message"].partition(":")[0] for one in said] == ["Wiersz 2", "Row 2"]


async def test_the_refused_rows_of_a_list_that_was_taken_in_part_can_be_read_later(service: CallsService) -> None:
    answer = await send(service, list_of([SOUND, *BAD]), partial="true")
    result = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, result["links"]["self"])
    assert await listed(service, result["links"]["findings"], limit="1") == result["first_findings"]
    assert problems(answer) == [(row, "node", CODE) for row in (3, 4, 5)]
    assert ok(await service.officer.get(result["links"]["self"]))["outcome"] == "partially_accepted"
    # Once more the sound row changes nothing; what is wrong with the others can be read all the same.
    again = await send(service, list_of([SOUND, *BAD]), partial="true")
    assert (again.status_code, again.json()["unchanged"], again.json()["refused"]) == (201, 1, 3)
    assert len(await listed(service, again.json()["links"]["findings"])) == 3
    assert again.headers["miernik-families"] == "application-imports"
    assert len(service.events("applications.changed")) == 1


async def test_warnings_of_a_list_are_stored_and_returned_for_the_same_list(service: CallsService) -> None:
    first = await imported(service, [SOUND, HIGHER])
    assert await listed(service, first["links"]["findings"]) == first["first_findings"] != []
    again = await imported(service, [SOUND, HIGHER])
    assert (again["replayed"], again["outcome"], again["links"]) == (True, "unchanged", first["links"])
    assert (again["findings"], again["first_findings"]) == (1, first["first_findings"])


async def test_a_dry_run_tells_all_findings_and_keeps_nothing(service: CallsService) -> None:
    before = service.row_counts()
    content = list_of([submitted(f"A{number}", node="9.9") for number in range(MANY)])
    answer = await send(service, content, dry_run="true")

    assert_problem(answer, 422, "import_dry_run_rejected")
    dry = answer.json()["import"]
    assert (dry["outcome"], dry["id"], dry["links"], dry["findings"]) == ("rejected", None, {}, MANY)
    assert [one["row"] for one in answer.json()["errors"]] == list(range(2, MANY + 2))
    assert service.row_counts() == before


async def test_a_dry_run_under_a_key_is_run_anew_each_time(service: CallsService) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "k-1"}

    async def rehearsed() -> httpx.Response:
        return await service.officer.post(f"{IMPORTS}?dry_run=true", content=list_of([SOUND]), headers=headers)

    before = await rehearsed()
    ok(await service.officer.post(APPLICATIONS, json=SOUND))
    after = await rehearsed()

    assert (ok(before)["created"], ok(after)["created"]) == (1, 0)
    assert "idempotency-replayed" not in after.headers
    assert service.row_counts()["idempotency_key"] == 0


async def test_of_more_findings_than_are_kept_all_are_counted(
    service: CallsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miernik_shared.uploads.findings.FINDINGS", 2)
    dry = (await send(service, list_of(BAD), dry_run="true")).json()
    assert (dry["import"]["findings"], [one["row"] for one in dry["errors"]]) == (3, [2, 3])
    attempt = (await send(service, list_of(BAD))).json()["import"]
    assert (attempt["findings"], len(await listed(service, attempt["links"]["findings"]))) == (3, 2)


async def test_an_attempt_is_not_the_latest_list(service: CallsService) -> None:
    first = await imported(service, [SOUND])
    for _ in range(2):
        assert (await send(service, list_of(BAD))).status_code == 422
    again = await imported(service, [SOUND])
    assert (again["replayed"], again["id"]) == (True, first["id"])
    outcomes = [one["outcome"] for one in ok(await service.officer.get(IMPORTS))["items"]]
    assert outcomes == ["rejected", "rejected", "accepted"]


async def test_refused_list_with_a_key_is_validated_again_until_accepted(service: CallsService) -> None:
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "k-1"}

    async def keyed() -> httpx.Response:
        return await service.officer.post(IMPORTS, content=list_of(BAD), headers=headers)

    attempts = [await keyed(), await keyed()]
    assert [one.status_code for one in attempts] == [422, 422]
    assert len({one.json()["import"]["id"] for one in attempts}) == 2
    assert all("idempotency-replayed" not in one.headers for one in attempts)
    await service.add_node("9.9", "measure")
    done, again = await keyed(), await keyed()
    assert (done.status_code, again.status_code, again.content) == (201, 201, done.content)
    assert ok(await service.officer.get(APPLICATIONS, params={"node": "9.9"}))["items"][0]["number"] == "A0"
