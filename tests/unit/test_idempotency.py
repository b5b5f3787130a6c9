"""The fingerprint of a request: what makes a request under a used key another one."""

from __future__ import annotations

import pytest

from miernik_shared.idempotency import fingerprint_request

REQUEST = {"method": "PUT", "path": "/v1/calls/1", "query": "dry_run=true", "body": b"{}"}


@pytest.mark.parametrize(
    "other", [{"method": "POST"}, {"path": "/v1/calls/2"}, {"query": ""}, {"query": "dry_run=false"}, {"body": b"{ }"}]
)
def test_a_request_that_differs_in_one_part_has_another_fingerprint(other: dict[str, str | bytes]) -> None:
    assert fingerprint_request(**REQUEST) == fingerprint_request(**REQUEST)  # type: ignore[arg-type]
    assert fingerprint_request(**REQUEST | other) != fingerprint_request(**REQUEST)  # type: ignore[arg-type]
