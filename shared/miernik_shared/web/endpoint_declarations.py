"""Declarations of endpoints: scope, body, size limit, headers and all statuses of their responses.

Each function returns the keyword arguments of a router's decorator. All that an endpoint declares is an argument; the
result is never changed afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from miernik_shared.confirmations import UnconfirmedKind
from miernik_shared.idempotency import HEADER
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.confirm import read_confirm

SCOPE = "x-miernik-scope"
BODY_LIMIT = "x-miernik-body-limit"
EXTERNAL_IDS = "x-miernik-external-ids"
FAMILIES = "x-miernik-families"

_SHOWN_ENCODING = 40
_TITLES = {
    400: "The request cannot be parsed",
    401: "Missing or invalid credentials",
    403: "The caller lacks the scope or access to the unit",
    404: "Not found",
    409: "Conflict with a rule or with stored data",
    412: "If-Match is not the current state",
    413: "The body exceeds the limit",
    415: "Unsupported media type",
    422: "Invalid content; `errors` lists the errors",
    428: "If-Match is missing",
    408: "The body was sent too slowly",
    429: "The client has too many requests under way; repeat the request when one has ended",
    503: "The database is unavailable; repeat a write with its Idempotency-Key to learn its outcome",
}
_TITLES_WITHOUT_PROBLEM = {
    201: "Created",
    304: "Unchanged since the answer that If-None-Match names",
}
Status = Literal[201, 304, 400, 404, 408, 409, 412, 413, 415, 422, 428, 429]
"""Status that an endpoint declares in addition to those of its kind."""
IfMatch = Literal["required", "when_it_exists"]
"""``when_it_exists``: creating needs no ``If-Match``, replacing does."""


class FieldErrorBody(BaseModel):
    """Error in one field, with a sentence in the caller's language."""

    pointer: str
    row: int | None = None
    column: str | None = None
    code: str
    message: str
    params: dict[str, str] = {}
    token: str | None = Field(default=None, description="Confirms an unlikely value in the parameter `confirm`")


class ProblemBody(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldErrorBody] = []
    confirmations: list[UnconfirmedKind] = Field(
        default=[], description="Of a request with unlikely values: tokens that confirm all findings of a code"
    )


@dataclass(frozen=True, slots=True)
class TableUpload:
    """Request body that is a table: a file of bytes, or a JSON document with this schema."""

    csv: bool = False
    ndjson: bool = False
    json: Mapping[str, Any] | None = None

    @property
    def media_types(self) -> str:
        """Accepted media types, as refusals name them."""
        return ", ".join(self.describe()["content"])

    def refuse_compression(self, request: Request) -> None:
        """Raise 415 for compressed content: it is never decompressed, since its size would be unknown."""
        encoding = request.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            params = {"encoding": encoding[:_SHOWN_ENCODING], "accepted": self.media_types}
            raise Problem(415, "content_encoding_not_taken", params, headers={"Accept-Encoding": "identity"})

    def describe(self) -> dict[str, Any]:
        """Member ``requestBody`` of the OpenAPI operation."""
        binary = {"schema": {"type": "string", "format": "binary"}}
        content: dict[str, Any] = {}
        if self.csv:
            content["text/csv"] = binary
        if self.ndjson:
            content["application/x-ndjson"] = binary
        if self.json is not None:
            content["application/json"] = {"schema": dict(self.json)}
        return {"required": True, "content": content}


@dataclass(frozen=True, slots=True)
class Parameter:
    """Query parameter or header that is read without FastAPI, and so is declared by hand."""

    name: str
    place: Literal["query", "header"]
    description: str | None = None
    required: bool = False

    def describe(self) -> dict[str, Any]:
        """Entry in the OpenAPI operation's ``parameters``."""
        described = {"description": self.description} if self.description is not None else {}
        place = {"name": self.name, "in": self.place, "required": self.required}
        return {**place, **described, "schema": {"type": "string"}}


@dataclass(frozen=True, slots=True)
class Answer:
    """Response 200 of an endpoint: its description, and its model if that is not the endpoint's return type."""

    description: str
    model: Any = None

    def describe(self) -> dict[str, Any]:
        """Entry in the OpenAPI operation's ``responses``."""
        return {"description": self.description} | ({"model": self.model} if self.model is not None else {})


def reads(
    scope: str,
    *more: Status,
    families: Sequence[str] = (),
    parameters: Sequence[Parameter] = (),
    answer: Answer | None = None,
) -> dict[str, Any]:
    """Keyword arguments of ``router.get``: the scope and the statuses of a read.

    ``families`` are the kinds of the service's own data that a report is computed from; a change in one of them
    invalidates cached responses. In ``observations:{voivodeship}``, the value of the request parameter replaces the
    braces.
    """
    declaration = _declare(scope, (400, 401, 403, 422, 503, *more), parameters, answer)
    if families:
        declaration["openapi_extra"][FAMILIES] = list(families)
    return declaration


def creates(
    scope: str,
    *more: Status,
    body: TableUpload | None = None,
    limit: int | None = None,
    key: Literal["optional", "required"] = "optional",
    if_match: IfMatch | None = None,
    if_match_description: str | None = None,
    external_ids: bool = True,
    unchanged: str | None = None,
    confirms: bool = False,
) -> dict[str, Any]:
    """Keyword arguments of ``router.post``: the scope, ``Idempotency-Key`` and the statuses of a creating write.

    ``body`` describes an upload that is not a Pydantic model, ``limit`` is its maximum size in bytes. ``key``: whether
    the Idempotency-Key is required. ``if_match`` is for a write that changes an existing entity. ``external_ids`` is
    false where the created entity has no external ids. ``unchanged`` describes a response 200 that stores nothing.
    ``confirms``: whether its values may be unlikely, so that it takes the parameter ``confirm``.
    """
    uploads = (415,) if body is not None else ()
    statuses = (400, 401, 403, 408, 409, 413, 422, 503, *_if_match_statuses(if_match), *uploads, *more)
    headers = [Parameter(HEADER, "header", required=key == "required")]
    if if_match is not None:
        headers.append(Parameter("If-Match", "header", if_match_description, required=if_match == "required"))
    declaration = _declare(scope, statuses, headers, Answer(unchanged) if unchanged else None)
    extra = declaration["openapi_extra"]
    extra[EXTERNAL_IDS] = external_ids
    if body is not None:
        extra["requestBody"] = body.describe()
    if limit is not None:
        extra[BODY_LIMIT] = limit
    required = [Depends(_require_key)] if key == "required" else []
    required += [Depends(body.refuse_compression)] if body is not None else []
    return {"status_code": 201, **declaration, **_depend_on(*required, *_confirm_dependencies(confirms=confirms))}


def changes(scope: str, *more: Status, if_match: IfMatch = "required", confirms: bool = False) -> dict[str, Any]:
    """Keyword arguments of ``router.put`` and ``patch``: the scope, ``If-Match`` and the statuses of a change.

    ``when_it_exists`` is for an upsert, which needs no ``If-Match`` to create. ``confirms`` is as in :func:`creates`.
    """
    statuses = (400, 401, 403, 404, 408, 409, 412, 413, 422, 428, 503, *more)
    if_match_header = Parameter("If-Match", "header", required=if_match == "required")
    declaration = _declare(scope, statuses, [if_match_header, Parameter(HEADER, "header")], None)
    return declaration | _depend_on(*_confirm_dependencies(confirms=confirms))


def _confirm_dependencies(*, confirms: bool) -> list[Any]:
    return [Depends(read_confirm)] if confirms else []


def _depend_on(*dependencies: Any) -> dict[str, Any]:
    return {"dependencies": list(dependencies)} if dependencies else {}


def _if_match_statuses(if_match: IfMatch | None) -> tuple[int, ...]:
    if if_match is None:
        return ()
    return (404, 412, 428) if if_match == "required" else (412,)


async def _require_key(request: Request) -> None:
    if HEADER not in request.headers:
        error = FieldError(f"/headers/{HEADER}", "idempotency_key_missing")
        raise Problem(400, "idempotency_key_missing", errors=[error])


def _declare(
    scope: str, statuses: Sequence[int], parameters: Sequence[Parameter], answer: Answer | None
) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _PROBLEM}}
    responses: dict[int, dict[str, Any]] = {
        status: {"description": _TITLES[status], "content": problem}
        if status in _TITLES
        else {"description": _TITLES_WITHOUT_PROBLEM[status]}
        for status in sorted(set(statuses))
    }
    if answer is not None:
        responses[200] = answer.describe()
    extra: dict[str, Any] = {SCOPE: scope, "security": [{"bearer": [scope]}]}
    if parameters:
        extra["parameters"] = [parameter.describe() for parameter in parameters]
    return {"responses": responses, "openapi_extra": extra}


_PROBLEM = {"$ref": "#/components/schemas/ProblemBody"}
