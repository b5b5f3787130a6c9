"""Where money is promised, a request must say by a key whether it is a new one or the same once more."""

from typing import Any

from fastapi import Depends, Request

from miernik_shared.idempotency import HEADER
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.endpoint_declarations import Status, creates


def _require_key(request: Request) -> None:
    if HEADER not in request.headers:
        raise Problem(
            400, "idempotency_key_missing", errors=[FieldError(f"/headers/{HEADER}", "idempotency_key_missing")]
        )


def creates_money(scope: str, *more: Status, external_ids: bool = True, if_match: bool = False) -> dict[str, Any]:
    """Like ``creates``, with the key required; ``if_match`` where the thing that it is about exists already."""
    statuses: tuple[Status, ...] = (404, 412, 428, *more) if if_match else more
    declaration = creates(scope, *statuses, external_ids=external_ids)
    declaration["dependencies"] = [Depends(_require_key)]
    parameters = declaration["openapi_extra"]["parameters"]
    for parameter in parameters:
        parameter["required"] = True
    if if_match:
        parameters.append({"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}})
    return declaration
