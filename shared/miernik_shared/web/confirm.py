"""Query parameter ``confirm``: tokens that confirm the unlikely values of a request."""

from collections.abc import Collection
from functools import partial
from typing import Annotated

from fastapi import Query, Request

from miernik_shared import stored_confirmations
from miernik_shared.confirmations import (
    LONGEST,
    PARAMETER,
    TOKEN,
    Confirmations,
    ConfirmedFinding,
    digest_request,
)
from miernik_shared.problems import FieldError, Problem, invalid
from miernik_shared.web.unit_of_work import UnitOfWork

_POINTER = f"/query/{PARAMETER}"
_DESCRIPTION = (
    "Tokens of the unlikely values that the sender confirms, separated by commas: those of the findings, or those of "
    "their kinds. Each covers this very content. Without them such a request is refused (422) and changes nothing"
)


async def read_confirm(
    request: Request,
    confirm: Annotated[
        str | None, Query(pattern=f"^{TOKEN}(,{TOKEN})*$", max_length=LONGEST, description=_DESCRIPTION)
    ] = None,
) -> None:
    """Dependency that declares ``confirm`` and gives its tokens to the unit of work. Raises 422 for a repeated one."""
    work: UnitOfWork = request.state.work
    tokens = tuple(confirm.split(",")) if confirm else ()
    for number, token in enumerate(tokens):
        if token in tokens[:number]:
            raise invalid(_POINTER, "confirmation_repeated", token=token)
    body = await request.body()
    kind = request.headers.get("content-type", "")
    digest = partial(digest_request, request.method, request.url.path, request.url.query, kind, body)
    work.confirmations = Confirmations(tokens, digest)


async def refuse_unused_tokens(work: UnitOfWork, status: int) -> None:
    """Raise 422 for tokens that fit no value of the request: they were issued for another content.

    A write that finds its content stored already needs no confirmation: the tokens with which it was stored fit.
    """
    unused = work.confirmations.unused
    if not unused or work.confirmations.waived or status >= 400:
        return
    if work.unchanged and not work.rehearsed:
        recorded = await stored_confirmations.list_recorded_tokens(work.connection, unused)
        unused = [token for token in unused if token not in recorded]
    if unused:
        errors = [FieldError(_POINTER, "confirmation_unknown", {"token": token}) for token in unused]
        raise Problem(422, "confirmation_unknown", {"token": unused[0]}, errors)


async def read_confirmed(work: UnitOfWork, positions: Collection[int]) -> dict[int, list[ConfirmedFinding]]:
    """Confirmed findings by the position of their change. A caller without access to the region sees its own."""
    client = None if work.caller.region else work.caller.client
    return await stored_confirmations.read_confirmed(work.connection, positions, client)
