"""Refusals by intent. Each function returns the problem and the caller raises it, so that the flow stays visible.

A parameter may have any name, ``code`` included: the names of the functions' own arguments are positional or reserved
words of none of the texts.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from miernik_shared.problems.problem import FieldError, Problem


def invalid(pointer: str, code: str, /, **params: str) -> Problem:
    """422 for one field of the request; ``params`` fill the text of the code."""
    return Problem(422, "request_invalid", errors=[FieldError(pointer, code, params)])


def conflict(
    code: str, /, *, at: str | None = None, existing: Mapping[str, UUID] | None = None, **params: str
) -> Problem:
    """409 for a request that contradicts what is stored.

    ``at`` points to the field to blame. ``existing`` names the entity that is in the way, as a member of the problem
    detail: ``{"application_id": holder.id}``.
    """
    errors = [FieldError(at, code, params)] if at is not None else []
    members = {name: str(entity_id) for name, entity_id in (existing or {}).items()}
    return Problem(409, code, params, errors, members=members)


def not_found(code: str, /, **params: str) -> Problem:
    """404 for an address that names nothing."""
    return Problem(404, code, params)


def refuse_invalid(errors: Sequence[FieldError]) -> None:
    """Raise 422 with all of the errors, if there are any."""
    if errors:
        raise Problem(422, "request_invalid", errors=errors)
