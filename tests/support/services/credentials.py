"""Invalid credentials, each wrong in one way."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from tests.support.services.service_keys import KEYS

STRANGE_KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "gateway"}, private=True)


def token(service: str, scopes: Iterable[str], **changed: Any) -> str:
    """A token of the gateway for a service, good unless `changed` says otherwise."""
    key = changed.pop("key", KEYS["gateway"])
    header = {"alg": "Ed25519", "kid": "gateway"} | changed.pop("header", {})
    now = int(time.time())
    claims = {"iss": "gateway", "aud": service, "iat": now, "exp": now + 60, "sub": "x", "units": [], "region": True,
              "scope": sorted(scopes)}  # fmt: skip
    return "Bearer " + jwt.encode(header, claims | changed, key, algorithms=["Ed25519"])


def refused_credentials(service: str, scopes: Iterable[str]) -> Mapping[str, str | None]:
    """Values of `Authorization` by their fault."""
    elsewhere = "calls" if service != "calls" else "contracts"
    return {
        "nothing": None,
        "empty": "",
        "another scheme": "Basic dXNlcjpwYXNz",
        "no token": "Bearer ",
        "garbage": "Bearer garbage",
        "three parts of garbage": "Bearer a.b.c",
        "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
        "signed by a stranger": token(service, scopes, key=STRANGE_KEY),
        "of an unknown part": token(service, scopes, header={"kid": "nobody"}, iss="nobody"),
        "another issuer than signer": token(service, scopes, iss=elsewhere),
        "for another service": token(service, scopes, aud=elsewhere),
        "expired": token(service, scopes, iat=1, exp=2),
        "valid for years": token(service, scopes, exp=2**33),
        "without scopes": token(service, scopes, scope=None),
    }
