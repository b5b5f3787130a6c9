"""Revision of a versioned entity: an identity whose states are appended as versions and never updated."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from miernik_shared.database import AnyRow
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, merge_external_ids
from miernik_shared.problems import FieldError, refuse_invalid
from miernik_shared.web.unit_of_work import UnitOfWork

Entity = TypeVar("Entity", bound=BaseModel)
"""API model of the entity, with ``external_ids`` and the number of its version."""


def version_etag(version: int) -> str:
    """ETag of a version, ``"v3"``."""
    return f'"v{version}"'


async def revise(
    work: UnitOfWork,
    current: AnyRow,
    state: Mapping[str, Any],
    *,
    external_ids: ExternalIdentifiers,
    render: Callable[[AnyRow, list[ExternalId]], Entity],
    append: Callable[[Entity, Entity], Awaitable[Entity]],
    check: Callable[[Entity], Awaitable[None]] | None = None,
    errors: Sequence[FieldError] = (),
    further: Sequence[ExternalId] = (),
    version: str = "version",
) -> Entity:
    """Append a version of an entity, or none if nothing would differ.

    In this order: require ``If-Match``, raise the ``errors`` of the requested state as one 422, compare it with the
    current one, let ``check`` raise a conflict with what is stored, add the ``further`` external ids, and let
    ``append`` record the change.

    ``current`` is the row of the newest version, read under its lock. ``state`` has the requested values of the fields
    that may change. ``render`` converts a row to the entity. ``check`` gets the current entity, ``append`` the current
    and the revised one, and returns the body of the response. ``version`` is the name of the column and field with the
    version number.
    """
    number: int = getattr(current, version)
    work.require_match(version_etag(number))
    refuse_invalid(errors)
    known = (await external_ids.read_by_entity(work.connection, [current.id]))[current.id]
    before = render(current, known)
    together = merge_external_ids(known, further)
    if len(together) == len(known) and all(getattr(before, name) == value for name, value in state.items()):
        work.unchanged = True
        return before
    if check is not None:
        await check(before)
    await external_ids.add(work.connection, current.id, further)
    after = before.model_copy(update={**state, "external_ids": together, version: number + 1})
    return await append(before, after)
