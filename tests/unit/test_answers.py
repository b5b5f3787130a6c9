"""Assertions on answers: each of them fails for the answer that it is to find."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, codes, ok

EXCEEDED = {"pointer": "/value_pln", "code": "allocation_exceeded", "params": {"limit": "400.00", "node": "7.2"}}
CONFLICT = {"code": "allocation_exceeded", "errors": [EXCEEDED]}
EXCEEDING = {"code": "allocation_exceeded", "limit": "400.00"}
INVALID = {"code": "request_invalid", "errors": [{"pointer": "/office", "code": "office_unknown", "params": {}}]}


def answer(status: int, body: Any, media_type: str = "application/problem+json") -> httpx.Response:
    request = httpx.Request("POST", "http://contracts/v1/agreements")
    return httpx.Response(status, json=body, headers={"Content-Type": media_type}, request=request)


def test_success_returns_the_body() -> None:
    assert ok(answer(201, {"id": 1}, "application/json")) == {"id": 1}


def test_refusal_is_not_ok_and_is_printed() -> None:
    with pytest.raises(AssertionError, match=r"POST http://contracts/v1/agreements: 409 .*allocation_exceeded"):
        ok(answer(409, CONFLICT))


def test_codes_are_those_of_the_errors_in_their_order() -> None:
    assert codes(answer(422, {**INVALID, "errors": [*INVALID["errors"], EXCEEDED]})) == [
        "office_unknown",
        "allocation_exceeded",
    ]
    assert codes(answer(404, {"code": "not_found"})) == []


def test_problem_is_known_by_its_own_code_pointer_and_parameters() -> None:
    assert_problem(answer(409, CONFLICT), 409, "allocation_exceeded")
    assert_problem(answer(409, CONFLICT), 409, "allocation_exceeded", at="/value_pln", limit="400.00")
    assert_problem(answer(404, {"code": "not_found"}), 404, "not_found")


def test_problem_without_errors_is_known_by_its_members() -> None:
    assert_problem(answer(409, EXCEEDING), 409, "allocation_exceeded", limit="400.00")


def test_invalid_request_is_known_by_its_only_error() -> None:
    assert_problem(answer(422, INVALID), 422, "office_unknown", at="/office")
    assert_problem(answer(422, INVALID), 422, "request_invalid")


@pytest.mark.parametrize(
    ("refused", "status", "code", "expected"),
    [
        (answer(422, CONFLICT), 409, "allocation_exceeded", {}),
        (answer(409, CONFLICT, "application/json"), 409, "allocation_exceeded", {}),
        (answer(409, CONFLICT), 409, "rate_unknown", {}),
        (answer(409, INVALID), 409, "office_unknown", {}),
        (answer(422, INVALID), 422, "node_unknown", {}),
        (answer(422, {"code": "request_invalid"}), 422, "office_unknown", {}),
        (answer(422, {"code": "request_invalid", "errors": INVALID["errors"] * 2}), 422, "office_unknown", {}),
        (answer(409, {"code": "allocation_exceeded"}), 409, "allocation_exceeded", {"at": "/value_pln"}),
        (answer(409, CONFLICT), 409, "allocation_exceeded", {"at": "/number"}),
        (answer(409, CONFLICT), 409, "allocation_exceeded", {"limit": "300.00"}),
        (answer(409, CONFLICT), 409, "allocation_exceeded", {"available": "1.00"}),
        (answer(409, EXCEEDING), 409, "allocation_exceeded", {"limit": "300.00"}),
        (answer(409, EXCEEDING), 409, "allocation_exceeded", {"used": "0.00"}),
    ],
    ids=[
        "other status",
        "not a problem detail",
        "other code",
        "conflict known by its error",
        "other error",
        "no error",
        "second error",
        "pointer of no error",
        "other pointer",
        "other parameter",
        "missing parameter",
        "other member",
        "missing member",
    ],
)
def test_other_problem_fails_and_the_whole_answer_is_printed(
    refused: httpx.Response, status: int, code: str, expected: dict[str, str]
) -> None:
    with pytest.raises(AssertionError) as failure:
        assert_problem(refused, status, code, **expected)

    assert f"POST http://contracts/v1/agreements: {refused.status_code}" in str(failure.value)
    assert refused.text in str(failure.value)
