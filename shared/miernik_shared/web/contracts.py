"""What an endpoint declares about itself: scope, size limit, headers and every status that it may answer with."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel

SCOPE = "x-miernik-scope"
BODY_LIMIT = "x-miernik-body-limit"
EXTERNAL_IDS = "x-miernik-external-ids"
FAMILIES = "x-miernik-families"

_TITLES = {
    400: "The request cannot be parsed",
    401: "No credentials, or refused ones",
    403: "The scope or the unit is not the caller's",
    404: "There is no such thing",
    409: "Refused by a rule",
    412: "If-Match names a state that is no longer current",
    413: "The body is over the limit",
    415: "The media type is not taken",
    422: "Parsed, but wrong; `errors` says where",
    428: "If-Match is missing",
    503: "The database is unavailable; the outcome of a write is unknown until it is asked for again with its key",
}


class FieldErrorBody(BaseModel):
    """One fault: where, which, and a sentence in the caller's language."""

    pointer: str
    row: int | None = None
    column: str | None = None
    code: str
    message: str
    params: dict[str, str] = {}


class ProblemBody(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldErrorBody] = []


def reads(scope: str, *more: int, families: Sequence[str] = ()) -> dict[str, Any]:
    """Keyword arguments of ``router.get``: the scope and the statuses of a read.

    A report names the ``families`` of data that it is made of, of its own service; whoever keeps its answers goes by
    them. A part in braces stands for what is asked for: ``observations:{voivodeship}``.
    """
    declaration = _declaration(scope, (401, 403, 422, 503, *more), [])
    if families:
        declaration["openapi_extra"][FAMILIES] = list(families)
    return declaration


def creates(scope: str, *more: int, limit: int | None = None, external_ids: bool = True) -> dict[str, Any]:
    """Keyword arguments of ``router.post``: the scope, ``Idempotency-Key`` and the statuses of a creating write."""
    statuses = (400, 401, 403, 409, 413, 422, 503, *more)
    declaration = _declaration(scope, statuses, [_header("Idempotency-Key", required=False)])
    extra = declaration["openapi_extra"]
    extra[EXTERNAL_IDS] = external_ids
    if limit is not None:
        extra[BODY_LIMIT] = limit
    return {"status_code": 201, **declaration}


def changes(scope: str, *more: int, if_match: Literal["required", "when_it_exists"] = "required") -> dict[str, Any]:
    """Keyword arguments of ``router.put`` and ``patch``: the scope, ``If-Match`` and the statuses of a change.

    ``when_it_exists`` is for an upsert, which needs no ``If-Match`` to create.
    """
    statuses = (400, 401, 403, 404, 409, 412, 413, 422, 428, 503, *more)
    header = _header("If-Match", required=if_match == "required")
    return _declaration(scope, statuses, [header, _header("Idempotency-Key", required=False)])


def _header(name: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "schema": {"type": "string"}}


def _declaration(scope: str, statuses: tuple[int, ...], headers: list[dict[str, Any]]) -> dict[str, Any]:
    responses: dict[int, dict[str, Any]] = {
        status: {"description": _TITLES[status], "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for status in sorted(set(statuses))
        if status in _TITLES
    }
    if 201 in statuses:
        responses[201] = {"description": "Created"}
    extra: dict[str, Any] = {SCOPE: scope, "security": [{"bearer": [scope]}]}
    if headers:
        extra["parameters"] = headers
    return {"responses": responses, "openapi_extra": extra}


_PROBLEM = {"$ref": "#/components/schemas/ProblemBody"}
