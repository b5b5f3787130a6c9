"""Idempotency keys: their form, and the fingerprint that makes a request under a used key another one."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from miernik_shared.idempotency import fingerprint_request, require_usable_key
from miernik_shared.problems import Problem

REQUEST: dict[str, Any] = {
    "method": "PUT", "path": "/v1/calls/1", "query": "dry_run=true", "headers": ["text/csv", None], "body": b"{}",
}  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"method": "POST"}, {"path": "/v1/calls/2"}, {"query": ""}, {"query": "dry_run=false"}, {"body": b"{ }"},
        {"headers": ["text/csv; charset=windows-1250", None]}, {"headers": ["text/csv", '"v1"']},
        {"headers": ["text/csv", ""]}, {"headers": [None, "text/csv"]},
        {"path": "/v1/calls/1dry", "query": "_run=true"}, {"headers": ["text/csv", "{}"], "body": b""},
    ],
)  # fmt: skip
def test_request_that_differs_in_one_part_has_another_digest(other: dict[str, Any]) -> None:
    assert fingerprint_request(**REQUEST) == fingerprint_request(**REQUEST)
    assert fingerprint_request(**REQUEST | other).digest != fingerprint_request(**REQUEST).digest


def test_former_digest_is_that_under_which_earlier_answers_are_stored() -> None:
    stored = hashlib.sha256(b"PUT /v1/calls/1?dry_run=true\n{}").digest()

    assert fingerprint_request(**REQUEST).former == stored


@pytest.mark.parametrize("key", ["k", "k" * 200, "5f0c1a9e-1", "list/2011:08_31#1~!", '"quoted"', "one two", "a  b"])
def test_key_of_visible_characters_is_taken(key: str) -> None:
    require_usable_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "\t",
        "k" * 201,
        " k",
        "k ",
        "one, two",
        "one,two",
        "k\u00a0",
        "k\u200b",
        "żaba",
        "k\x80",
        "k\x1f",
        "k\n",
    ],
)
def test_key_that_may_be_read_in_two_ways_is_refused(key: str) -> None:
    with pytest.raises(Problem) as refused:
        require_usable_key(key)

    assert (refused.value.status, refused.value.code) == (400, "idempotency_key_unusable")
    assert [error.pointer for error in refused.value.errors] == ["/headers/Idempotency-Key"]
