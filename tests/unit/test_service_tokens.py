"""Service tokens: how long one is good, for whom, and what it may open."""

from __future__ import annotations

import json

import pytest
from tests.support.services.service_keys import TRUSTED_KEYS, signer

from miernik_shared.problems import Problem
from miernik_shared.service_tokens import LIFETIME_SECONDS, Caller, TokenVerifier

SCOPES = frozenset({"reports:read", "feed:read"})
UNIT = Caller("gateway", "gmina", SCOPES, region=False, units=("u-1", "u-2"))
START = 1_300_000_000


class Clock:
    def __init__(self) -> None:
        self.now: float = START


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of tokens, which the test sets."""
    made = Clock()
    monkeypatch.setattr("time.time", lambda: made.now)
    return made


def verifier(audience: str = "calls", **allowed: frozenset[str]) -> TokenVerifier:
    return TokenVerifier(audience, json.loads(TRUSTED_KEYS), allowed or {"gateway": SCOPES})


def assert_refused(by: TokenVerifier, authorization: str) -> None:
    with pytest.raises(Problem) as refusal:
        by.caller(authorization)
    assert (refusal.value.status, refusal.value.code) == (401, "credentials_refused")


def test_a_verified_token_gives_the_caller_that_was_signed(clock: Clock) -> None:
    assert verifier().caller(signer().authorization("calls", UNIT)) == UNIT


def test_a_scope_that_the_callee_does_not_allow_the_issuer_is_void(clock: Clock) -> None:
    allowed = verifier(gateway=frozenset({"feed:read"}), contracts=SCOPES)
    assert allowed.caller(signer().authorization("calls", UNIT)).scopes == {"feed:read"}


def test_a_token_of_a_trusted_part_that_the_callee_does_not_list_is_refused(clock: Clock) -> None:
    own = Caller("indicators", "indicators", SCOPES)
    assert_refused(verifier(), signer("indicators").authorization("calls", own))


def test_a_token_for_another_audience_is_refused(clock: Clock) -> None:
    assert_refused(verifier("contracts"), signer().authorization("calls", UNIT))


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_token_is_good_up_to_its_last_second_and_refused_then(clock: Clock, seen_before: bool) -> None:
    callee, token = verifier(), signer().authorization("calls", UNIT)
    if seen_before:
        callee.caller(token)
    clock.now = START + LIFETIME_SECONDS - 1
    assert callee.caller(token) == UNIT

    clock.now = START + LIFETIME_SECONDS
    assert_refused(callee if seen_before else verifier(), token)


def test_a_token_is_signed_anew_after_half_of_its_life(clock: Clock) -> None:
    gateway = signer()
    first = gateway.authorization("calls", UNIT)
    clock.now = START + LIFETIME_SECONDS / 2
    assert gateway.authorization("calls", UNIT) == first

    clock.now += 1
    assert gateway.authorization("calls", UNIT) != first


def test_each_caller_and_audience_has_a_token_of_its_own(clock: Clock) -> None:
    gateway = signer()
    other = Caller("gateway", "gmina", SCOPES, region=False, units=("u-1",))
    tokens = {gateway.authorization(*one) for one in (("calls", UNIT), ("contracts", UNIT), ("calls", other))}
    assert len(tokens) == 3
    assert verifier().caller(gateway.authorization("calls", other)) == other
