"""Writers of one indicator, form or period at the same moment: one succeeds, the others get the ordinary refusal."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from tests.support.services.indicators_service import OPEN_FOR_EVER, IndicatorsService, definition, form_body

FIRST_VERSION = {"If-Match": '"v1"'}
WRITERS = 4


async def at_once(service: IndicatorsService, method: str, path: str, body: Any, **more: Any) -> list[httpx.Response]:
    requests = (service.officer.request(method, path, json=body, **more) for _ in range(WRITERS))
    return sorted(await asyncio.gather(*requests), key=lambda answer: answer.status_code)


def refusals(answers: list[httpx.Response]) -> set[tuple[int, str]]:
    """Status and code of all answers but the first."""
    return {(answer.status_code, answer.json()["code"]) for answer in answers[1:]}


async def test_an_indicator_defined_by_several_at_once_is_defined_once(service: IndicatorsService) -> None:
    answers = await at_once(service, "POST", "/v1/indicators", definition(code="8.1", measure="8.1"))

    assert (answers[0].status_code, refusals(answers)) == (201, {(409, "indicator_code_taken")})


async def test_a_definition_changed_by_several_at_once_changes_once(service: IndicatorsService) -> None:
    body = definition(redefined=False, valid_from="2012-01-01")

    answers = await at_once(service, "PUT", "/v1/indicators/7.1-1", body, headers=FIRST_VERSION)

    assert (answers[0].status_code, refusals(answers)) == (200, {(412, "if_match_stale")})


async def test_a_form_made_by_several_at_once_is_made_once(service: IndicatorsService) -> None:
    await service.add_indicator("8.1")

    answers = await at_once(service, "POST", "/v1/forms", form_body(["8.1"], code="F8"))

    assert (answers[0].status_code, refusals(answers)) == (201, {(409, "form_code_taken")})


async def test_a_form_changed_by_several_at_once_changes_once(service: IndicatorsService) -> None:
    body = form_body(["7.1-1", "7.1-2", "7.1-3"], title="Sprawozdanie półroczne")

    answers = await at_once(service, "PUT", "/v1/forms/SP7", body, headers=FIRST_VERSION)

    assert (answers[0].status_code, refusals(answers)) == (200, {(412, "if_match_stale")})


async def test_a_period_opened_by_several_at_once_is_opened_once(service: IndicatorsService) -> None:
    answers = await at_once(service, "PUT", "/v1/forms/SP7/periods/2013-H1", OPEN_FOR_EVER)

    assert (answers[0].status_code, refusals(answers)) == (201, {(428, "if_match_missing")})


async def test_a_period_moved_by_several_at_once_moves_once(service: IndicatorsService) -> None:
    body = OPEN_FOR_EVER | {"due_on": "2098-01-01"}

    answers = await at_once(service, "PUT", "/v1/forms/SP7/periods/2011-H1", body, headers=FIRST_VERSION)

    assert (answers[0].status_code, refusals(answers)) == (200, {(412, "if_match_stale")})
