"""SQL of the agreements."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.models import agreement, agreement_version
from miernik_contracts.agreements.schemas import NewAgreement
from miernik_contracts.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.external_ids import ExternalId
from miernik_shared.filters import build_equality_filters
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

IDENTITY = ("office", "number", "kind", "application_id", "node_id", "signed_on")
"""Columns of an agreement that never change."""
STATE = ("beneficiary",)
"""Columns that each version states anew; an amendment and an end carry them over, a correction replaces them."""
AUDIT_ONLY = ("beneficiary",)
"""Columns of the state that stay out of the feed, which has more readers than the audit."""
AGREEMENT_ORDER = Keyset("agreements", (agreement.c.agreement_no,), (int,))
"""Keyset of the list of agreements, in the order in which they were recorded."""
# Built once: building a statement costs more than running it, and a signing runs many.
# Agreements with a number in any spelling in an office, annulled ones left out: one, or doubles of before.
_BY_NUMBER = (
    select(agreement)
    .where(
        agreement.c.office == bindparam("office"),
        agreement.c.number_key == bindparam("number_key"),
        ~agreement.c.annulled,
    )
    .order_by(agreement.c.double_no)
)
# Agreements of one application, annulled ones left out.
_OF_APPLICATION = (
    select(agreement)
    .where(agreement.c.application_id == bindparam("application"), ~agreement.c.annulled)
    .order_by(agreement.c.agreement_no)
)
NUMBERS = """
    select 'agreement' as kind, office as scope, number_key as key, agreement_no::bigint as age, id,
        number as identifier
    from agreement where not annulled
"""
"""Numbers of the agreements that are not annulled, for the search of doubles."""
# One agreement; returns its key.
_ADD = insert(agreement).returning(agreement.c.agreement_no)


def copy_state(source: AnyRow | NewAgreement) -> dict[str, Any]:
    """State columns of a stored version or of a request."""
    return {name: getattr(source, name) for name in STATE}


async def lock_number(connection: AsyncConnection, office: str, number_key: str) -> None:
    """Serialize signings under one number of an office."""
    await lock_key(connection, "agreement_number", f"{office}/{number_key}")


async def find_by_id(connection: AsyncConnection, agreement_id: UUID) -> AnyRow | None:
    """One agreement."""
    return (await connection.execute(select(agreement).where(agreement.c.id == agreement_id))).one_or_none()


async def find_by_number(connection: AsyncConnection, office: str, number_key: str) -> AnyRow | None:
    """The agreement with a number within the office, of doubles the eldest; annulled ones have set theirs free."""
    return (await connection.execute(_BY_NUMBER, {"office": office, "number_key": number_key})).first()


async def lock_agreement(connection: AsyncConnection, agreement_no: int) -> AnyRow:
    """The agreement's row, locked until the transaction ends."""
    query = select(agreement).where(agreement.c.agreement_no == agreement_no).with_for_update()
    return (await connection.execute(query)).one()


async def of_application(connection: AsyncConnection, application_id: UUID) -> list[AnyRow]:
    """All agreements of an application, ended ones too, annulled ones not."""
    return list((await connection.execute(_OF_APPLICATION, {"application": application_id})).all())


async def versions_of(connection: AsyncConnection, numbers: Sequence[int], position: int | None = None) -> list[AnyRow]:
    """All versions of some agreements, oldest first; those recorded by a position, if one is given."""
    query = select(agreement_version).where(agreement_version.c.agreement_no == func.any(list(numbers)))
    if position is not None:
        query = query.where(agreement_version.c.position <= position)
    ordered = query.order_by(agreement_version.c.agreement_no, agreement_version.c.version)
    return list((await connection.execute(ordered)).all())


async def add_agreement(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Add the row of a new agreement; return its key."""
    return (await connection.execute(_ADD, values)).scalar_one()


async def advance(connection: AsyncConnection, agreement_no: int, values: dict[str, Any]) -> None:
    """Move the row of an agreement to its next version."""
    await connection.execute(update(agreement).where(agreement.c.agreement_no == agreement_no).values(values))


async def free_external_ids(connection: AsyncConnection, row: AnyRow, known: Sequence[ExternalId]) -> None:
    """Free the numbers of other systems for another agreement; the row retains a copy for display."""
    freed = [one.model_dump() for one in known]
    await connection.execute(
        update(agreement).where(agreement.c.agreement_no == row.agreement_no).values(freed_ids=freed)
    )
    identifier = tables.external_identifier
    of_row = identifier.c.entity == "agreement", identifier.c.entity_id == row.id
    await connection.execute(delete(identifier).where(*of_row))


def in_force_on(day: date, position: int | None) -> list[ColumnElement[bool]]:
    """Conditions for the agreements in force on a day, as known at a position or now.

    Those are signed by then, not terminated by then and never annulled.
    """
    columns = agreement.c
    began = [columns.signed_on <= day, ~is_annulled(position)]
    if position is None:
        return [*began, or_(columns.terminated_on.is_(None), columns.terminated_on > day)]
    ended = _recorded(position).where(
        agreement_version.c.action == "terminated", agreement_version.c.effective_on <= day
    )
    return [*began, ~ended.exists()]


def is_annulled(position: int | None) -> ColumnElement[bool]:
    """Condition for the agreements whose record was annulled by a position, or by now."""
    if position is None:
        return agreement.c.annulled.is_(True)
    return _recorded(position).where(agreement_version.c.action == "annulled").exists()


def known_at(position: int) -> ColumnElement[bool]:
    """Condition for the agreements that were recorded by a position."""
    return _recorded(position).exists()


def _recorded(position: int) -> AnySelect:
    versions = agreement_version.c
    return select(versions.version).where(
        versions.agreement_no == agreement.c.agreement_no, versions.position <= position
    )


def filter_agreements(
    office: str | None, node_id: UUID | None, application_id: UUID | None, number_key: str | None, kind: str | None
) -> list[ColumnElement[bool]]:
    """Filters of the list by columns; None for any."""
    columns = agreement.c
    return build_equality_filters({
        columns.office: office, columns.node_id: node_id, columns.application_id: application_id,
        columns.number_key: number_key, columns.kind: kind,
    })  # fmt: skip


def filter_known(position: int | None, as_of: date | None, *, annulled: bool) -> list[ColumnElement[bool]]:
    """Filters of the list by what was known at a position; ``as_of`` selects those in force on that day."""
    filters = [is_annulled(position) if annulled else ~is_annulled(position)]
    if position is not None:
        filters.append(known_at(position))
    return filters + (in_force_on(as_of, position) if as_of is not None else [])


def belongs_to(nodes: Sequence[UUID]) -> ColumnElement[bool]:
    """Condition for the agreements of some nodes."""
    return agreement.c.node_id.in_(nodes)


async def list_agreements(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the agreements that pass the filters."""
    return await read_page(connection, select(agreement).where(*filters), AGREEMENT_ORDER, paging)
