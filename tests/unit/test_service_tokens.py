"""Service tokens: how long one is good, for whom, and what it may open."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from tests.support.services.service_keys import KEYS, TRUSTED_KEYS, signer

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


GOOD = {"iss": "gateway", "aud": "calls", "sub": "gmina", "iat": START, "exp": START + LIFETIME_SECONDS,
        "scope": ["feed:read"], "region": False, "units": ["u-1"]}  # fmt: skip
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(), st.lists, max_leaves=3
)


def signed(claims: dict[str, Any], **header: Any) -> str:
    """A token that the gateway signed, whatever it says."""
    members = {"alg": "Ed25519", "kid": "gateway", **header}
    return "Bearer " + jwt.encode(members, claims, KEYS["gateway"], algorithms=["Ed25519"])


def test_a_token_with_all_claims_is_taken(clock: Clock) -> None:
    assert verifier().caller(signed(GOOD)) == Caller("gateway", "gmina", frozenset({"feed:read"}), False, ("u-1",))
    assert verifier().caller(signed({**GOOD, "nbf": START, "jti": "1"}))


@pytest.mark.parametrize("claim", GOOD)
def test_a_signed_token_that_lacks_a_claim_is_refused(clock: Clock, claim: str) -> None:
    assert_refused(verifier(), signed({name: value for name, value in GOOD.items() if name != claim}))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": START + 10**9}, {"exp": START + LIFETIME_SECONDS + 1}, {"exp": float("inf")}, {"exp": 2**80},
        {"exp": str(START + 60)}, {"exp": float(START + 60)}, {"exp": True}, {"exp": None}, {"exp": START},
        {"iat": START + 3600, "exp": START + 3660}, {"nbf": START + 3600}, {"nbf": "x"}, {"iat": -(2**80)},
        {"aud": ["calls"]}, {"aud": "contracts"}, {"aud": None}, {"iss": "contracts"}, {"iss": ["gateway"]},
        {"sub": ""}, {"sub": 1}, {"scope": "feed:read"},
        {"scope": [1]}, {"scope": [["feed:read"]]}, {"scope": {"feed:read": 1}},
        {"region": "no"}, {"region": 1}, {"region": None}, {"units": "u-1"}, {"units": [None]}, {"units": {}},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_token_with_a_claim_of_another_kind_is_refused(clock: Clock, changed: dict[str, Any]) -> None:
    assert_refused(verifier(), signed(GOOD | changed))


@given(claims=st.dictionaries(st.sampled_from([*GOOD, "nbf", "x"]), ANY_JSON))
def test_signed_claims_of_any_shape_give_a_caller_or_a_refusal(claims: dict[str, Any]) -> None:
    with contextlib.suppress(Problem):
        assert isinstance(verifier().caller(signed(GOOD | claims)), Caller)


@given(header=st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ"]), ANY_JSON), payload=st.binary())
def test_a_token_of_any_bytes_is_refused(header: dict[str, Any], payload: bytes) -> None:
    parts = [json.dumps(header).encode(), payload, b"signature"]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    assert_refused(verifier(), f"Bearer {token}")


def test_a_token_nested_too_deeply_is_refused() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 100_000).decode().rstrip("=")

    assert_refused(verifier(), f"Bearer {header}.e30.x")
