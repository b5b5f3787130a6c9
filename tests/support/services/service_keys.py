"""Keys and tokens with which tests call a service as if they were another part of the system."""

from __future__ import annotations

import json
from collections.abc import Generator

import httpx
from joserfc.jwk import OKPKey

from miernik_shared.service_tokens import Caller, TokenSigner

PARTS = ("gateway", "calls", "contracts", "indicators")
KEYS = {part: OKPKey.generate_key("Ed25519", parameters={"kid": part}, private=True) for part in PARTS}
TRUSTED_KEYS = json.dumps({"keys": [key.as_dict(private=False) for key in KEYS.values()]})


def private_key(part: str) -> str:
    return json.dumps(KEYS[part].as_dict(private=True))


def signer(part: str = "gateway") -> TokenSigner:
    return TokenSigner(part, json.loads(private_key(part)))


class SignedCalls(httpx.Auth):
    """Sign each request anew: a token is valid for a minute, a test file may run longer."""

    def __init__(self, audience: str, caller: Caller) -> None:
        self._audience = audience
        self._caller = caller
        self._signer = signer(caller.issuer)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers.setdefault("Authorization", self._signer.authorization(self._audience, self._caller))
        yield request
