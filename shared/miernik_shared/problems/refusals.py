"""Refusals by intent. Each function returns the problem and the caller raises it, so that the control flow is visible.

Parameters of texts may have any name but ``at`` and ``existing``: the functions' other arguments are positional-only.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from miernik_shared.problems.problem import FieldError, Problem


def invalid(pointer: str, code: str, /, **params: str) -> Problem:
    """422 for one field of the request; ``params`` are the parameters of the code's text."""
    return Problem(422, "request_invalid", errors=[FieldError(pointer, code, params)])


def conflict(
    code: str, /, *, at: str | None = None, existing: Mapping[str, UUID] | None = None, **params: str
) -> Problem:
    """409 for a request that contradicts what is stored.

    ``at`` is the pointer of the field to blame. ``existing`` is the id of the conflicting entity, as a member of the
    problem details: ``{"application_id": holder.id}``.
    """
    errors = [FieldError(at, code, params)] if at is not None else []
    members = {name: str(entity_id) for name, entity_id in (existing or {}).items()}
    return Problem(409, code, params, errors, members=members)


def not_found(code: str, /, **params: str) -> Problem:
    """404 for the address of an entity that does not exist."""
    return Problem(404, code, params)


def refuse_invalid(errors: Sequence[FieldError]) -> None:
    """Raise 422 with all of the errors, if there are any."""
    if errors:
        raise Problem(422, "request_invalid", errors=errors)
