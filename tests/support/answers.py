"""Assertions on the answer of a service: a success, or a problem detail (RFC 9457)."""

from __future__ import annotations

from typing import Any

import httpx

PROBLEM = "application/problem+json"


def ok(response: httpx.Response) -> Any:
    """Return the body of a successful answer; a test that sets the scene stops here if it was refused."""
    assert response.is_success, describe_answer(response)
    return response.json()


def codes(response: httpx.Response) -> list[str]:
    """Codes of the errors of a problem detail."""
    return [error["code"] for error in response.json().get("errors", [])]


def tokens_of(response: httpx.Response) -> list[str]:
    """Tokens of the unlikely values for which a request was refused."""
    assert_problem(response, 422, "confirmation_required")
    return [error["token"] for error in response.json()["errors"]]


def assert_problem(
    response: httpx.Response, status: int, code: str, /, *, at: str | None = None, **params: str
) -> None:
    """Assert that the answer is a problem detail with this status and code.

    `code` is the problem's own code or, at 422, that of its only error. `at` is the pointer of that only error, and
    `params` are some of its parameters or, of a problem that has its own, some of its members.
    """
    answer = describe_answer(response)
    assert (response.status_code, response.headers.get("content-type")) == (status, PROBLEM), answer
    problem = response.json()
    is_own_code = problem["code"] == code
    assert is_own_code or status == 422, answer

    errors = problem.get("errors", []) if codes(response) == [code] else []
    assert errors or (is_own_code and at is None), answer
    assert at is None or errors[0]["pointer"] == at, answer

    known = {**problem, **(errors[0]["params"] if errors else {})}
    assert {name: known.get(name) for name in params} == params, answer


def describe_answer(response: httpx.Response) -> str:
    """Request, status, media type and body, for the message of a failure."""
    request = response.request
    media_type = response.headers.get("content-type")
    return f"{request.method} {request.url}: {response.status_code} {media_type} {response.text}"
