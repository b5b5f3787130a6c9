"""Confirmation of unlikely values: they are stored only if the sender states a second time that they are right.

A finding of severity ``confirm`` has a token; a request that repeats the same content with that token in ``confirm`` is
stored. The service stores nothing in between: a token is a digest of the operation, its content, and place, code and
value of the finding, so it fits no other file and no changed value. A token of a kind covers all findings of one code.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field

from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.personal_numbers import REDACTED, holds_personal_number

PARAMETER = "confirm"
LONGEST = 8000
"""Maximum length of the parameter: some 600 tokens. More findings are confirmed by the tokens of their kinds."""
SHOWN = 1000
"""Maximum number of findings in a refusal."""
_LENGTH = 12
# Without digits, which could look like a PESEL, and without vowels, which could spell a word.
_LETTERS = "bcdfghjkmnpqrstvwxyz"
TOKEN = f"[{_LETTERS}]{{{_LENGTH}}}"
"""Regular expression of a token."""
# A dry run has the tokens of the request that it rehearses.
_NOT_COVERED = frozenset({PARAMETER, "dry_run"})


@dataclass(frozen=True, slots=True)
class UnlikelyValue:
    """Unlikely value in a field of a request; ``params`` are the parameters of the code's text."""

    pointer: str
    code: str
    value: str
    params: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class UnlikelyKind:
    """All unlikely values of one code in a request: their number, their common token, and the first of them.

    ``errors`` have tokens of their own; ``values`` are their values, in the same order.
    """

    code: str
    count: int
    token: str
    errors: tuple[FieldError, ...]
    values: tuple[str, ...]


class ConfirmedFinding(BaseModel):
    """Confirmation of one finding, or of all findings of one code: then without place and value."""

    token: str
    code: str
    count: int = Field(description="Number of findings that the token covers")
    pointer: str | None
    value: str | None
    params: dict[str, str]


class UnconfirmedKind(BaseModel):
    """Findings of one code that need a confirmation; ``token`` confirms all of them."""

    code: str
    count: int
    token: str


def digest_request(method: str, path: str, query: str, media_type: str, body: bytes) -> bytes:
    """SHA-256 of the parts of a request that a token covers: all of it but ``confirm`` and ``dry_run``."""
    options = sorted(pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in _NOT_COVERED)
    digest = hashlib.sha256(json.dumps([method, path, options, media_type]).encode())
    digest.update(body)
    return digest.digest()


def make_token(content: bytes, code: str, places: Iterable[tuple[str, str]]) -> str:
    """Token of the findings of one code at these places, as pairs of pointer and value, in requests of one content."""
    digest = hashlib.sha256(content)
    digest.update(code.encode())
    for place in places:
        digest.update(json.dumps(place).encode())
    number = int.from_bytes(digest.digest(), "big")
    letters: list[str] = []
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)


def _refuse_undeclared() -> NoReturn:
    raise RuntimeError("an endpoint whose values may need a confirmation declares `confirms`")


@dataclass
class Confirmations:
    """Tokens that a request gives, and what they confirm."""

    given: tuple[str, ...] = ()
    digest: Callable[[], bytes] = _refuse_undeclared
    """Digest of the request's content, computed only if a value is unlikely."""
    confirmed: list[ConfirmedFinding] = field(default_factory=list[ConfirmedFinding])
    waived: bool = False
    """Set where nothing of a request is stored for another reason: its tokens need not fit."""
    _used: set[str] = field(default_factory=set[str])

    def describe(self, values: Sequence[UnlikelyValue]) -> list[UnlikelyKind]:
        """Kinds of the unlikely values of a request, with their tokens."""
        content = self.digest() if values else b""
        by_code: dict[str, list[UnlikelyValue]] = {}
        for value in values:
            by_code.setdefault(value.code, []).append(value)
        return [_describe_kind(content, code, alike) for code, alike in by_code.items()]

    def confirm(self, kinds: Sequence[UnlikelyKind]) -> list[UnlikelyKind]:
        """Confirm what the given tokens cover; return the kinds that are not confirmed, with what is missing."""
        return [missing for kind in kinds if (missing := self._confirm_kind(kind)) is not None]

    @property
    def unused(self) -> list[str]:
        """Given tokens that fit no finding."""
        return [token for token in self.given if token not in self._used]

    def _confirm_kind(self, kind: UnlikelyKind) -> UnlikelyKind | None:
        if kind.token in self.given and kind.count > 1:
            self._used.add(kind.token)
            self.confirmed.append(_confirm_all(kind))
            return None
        missing: list[tuple[FieldError, str]] = []
        for error, value in zip(kind.errors, kind.values, strict=True):
            if error.token is not None and error.token in self.given:
                self._used.add(error.token)
                self.confirmed.append(_confirm_one(error.token, error, value))
            else:
                missing.append((error, value))
        if not missing and kind.count == len(kind.errors):
            return None
        errors, values = tuple(error for error, _ in missing), tuple(value for _, value in missing)
        return replace(kind, errors=errors, values=values)


def refuse_unconfirmed(kinds: Sequence[UnlikelyKind]) -> None:
    """Raise 422 with the first of the values that are not confirmed, and the tokens of their kinds, if there are any.

    Not 409, which is stored under its idempotency key: the request is repeated under the same key.
    """
    if not kinds:
        return
    errors = [error for kind in kinds for error in kind.errors][:SHOWN]
    members = {"confirmations": [render_kind(kind).model_dump() for kind in kinds]}
    raise Problem(422, "confirmation_required", errors=errors, members=members)


def render_kind(kind: UnlikelyKind) -> UnconfirmedKind:
    """API model of a kind that is not confirmed."""
    return UnconfirmedKind(code=kind.code, count=kind.count, token=kind.token)


def _describe_kind(content: bytes, code: str, values: Sequence[UnlikelyValue]) -> UnlikelyKind:
    errors = tuple(
        FieldError(one.pointer, code, one.params, token=make_token(content, code, [(one.pointer, one.value)]))
        for one in values
    )
    token = make_token(content, code, [(one.pointer, one.value) for one in values])
    return UnlikelyKind(code, len(values), token, errors, tuple(one.value for one in values))


def _confirm_one(token: str, error: FieldError, value: str) -> ConfirmedFinding:
    told = REDACTED if holds_personal_number(value) else value
    return ConfirmedFinding(
        token=token, code=error.code, count=1, pointer=error.pointer, value=told, params=dict(error.params)
    )


def _confirm_all(kind: UnlikelyKind) -> ConfirmedFinding:
    return ConfirmedFinding(token=kind.token, code=kind.code, count=kind.count, pointer=None, value=None, params={})
