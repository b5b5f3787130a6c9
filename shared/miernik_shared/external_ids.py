"""External identifiers: numbers that the office's other systems give to our entities, as (system, value)."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ValidationInfo
from pydantic_core import PydanticCustomError
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, case, select, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import AnyRow
from miernik_shared.problems import FieldError, Problem
from miernik_shared.tables import TableKind, table_kind
from miernik_shared.values.free_texts import STORED, Identifier
from miernik_shared.values.identity import identity_key

# One row (entity_id, system, value) per identifier that an entity had at a position of the log. The table has only
# today's identifiers; each change contains the whole entity, so its last change by then lists those of the past.
_IDS_AT_POSITION = text("""
    select entity.entity_id, given.system, given.value
    from unnest(cast(:ids as uuid[])) entity (entity_id)
    cross join lateral (
        select after from change where subject = cast(:subjects as text) || entity.entity_id and position <= :position
        order by position desc limit 1
    ) latest
    cross join lateral jsonb_to_recordset(latest.after -> 'external_ids') given (system text, value text)
""")


_DOT_SEGMENTS = frozenset({".", ".."})
"""Parts of a path that clients resolve before they send it."""


def _refuse_dot_segments(text: str, info: ValidationInfo) -> str:
    if info.context is not STORED and _DOT_SEGMENTS.intersection(identity_key(text).split("/")):
        raise PydanticCustomError("external_id_unreadable", "it cannot be read by its address")
    return text


def _refuse_slash(text: str, info: ValidationInfo) -> str:
    if info.context is not STORED and "/" in identity_key(text):
        raise PydanticCustomError("external_id_unreadable", "it cannot be read by its address")
    return text


ExternalSystem = Annotated[Identifier, AfterValidator(_refuse_slash), AfterValidator(_refuse_dot_segments)]
"""Name of another system. It is one segment of the address, so it holds no slash."""
ExternalValue = Annotated[Identifier, AfterValidator(_refuse_dot_segments)]
"""Number in another system. It may hold slashes, but no part ``.`` or ``..``, which would name another address."""


class ExternalId(BaseModel):
    """Number (``value``) that another ``system`` gives to an entity; unique per system and kind of entity."""

    system: ExternalSystem
    value: ExternalValue

    @property
    def key(self) -> tuple[str, str]:
        """Keys of system and value, by which the identifier is recognised in any spelling."""
        return identity_key(self.system), identity_key(self.value)


def external_identifier_table(metadata: MetaData) -> Table:
    """Declare the table in the metadata of a service."""
    return Table(
        "external_identifier",
        metadata,
        Column("entity", Text, primary_key=True),
        Column("system_key", Text, primary_key=True),
        Column("value_key", Text, primary_key=True),
        # 0 but for doubles, which were stored before spellings of one identifier were recognised.
        Column("double_no", Integer, primary_key=True, autoincrement=False, server_default=text("0")),
        Column("system", Text, nullable=False),
        Column("value", Text, nullable=False),
        Column("entity_id", UuidType, nullable=False),
        Index("external_identifier_entity_id", "entity_id"),
        info=table_kind(TableKind.WORKING),
    )


def include_address_id(body: Sequence[ExternalId], address: ExternalId | None) -> list[ExternalId]:
    """External ids of a new entity: those of the request body and the one in the request's address."""
    return [*body, *([address] if address else [])]


def merge_external_ids(known: Sequence[ExternalId], further: Sequence[ExternalId]) -> list[ExternalId]:
    """The known ones and those of the further ones with another key, sorted by system and value."""
    pairs = {(one.system, one.value) for one in known}
    keys = {one.key for one in known}
    for one in further:
        if one.key not in keys:
            keys.add(one.key)
            pairs.add((one.system, one.value))
    return [_construct_stored_id(system, value) for system, value in sorted(pairs)]


def _construct_stored_id(system: str, value: str) -> ExternalId:
    """Stored identifier, not validated: a rule that became stricter must not make it unreadable."""
    return ExternalId.model_construct(system=system, value=value)


class ExternalIdentifiers:
    """Repository of the external identifiers of one kind of entity.

    Reading them as of a past position requires that the changes of an ``agreement`` have the subject
    ``agreements/<id>``.
    """

    def __init__(self, table: Table, entity: str) -> None:
        self._table = table
        self._entity = entity

    async def find(self, connection: AsyncConnection, external_id: ExternalId) -> UUID | None:
        """Id of the entity with this external identifier in any spelling; ``None`` if no entity has it.

        Of doubles the one with the very spelling is preferred, then the eldest.
        """
        return next(iter(await self._find_holders(connection, external_id)), None)

    async def _find_holders(self, connection: AsyncConnection, external_id: ExternalId) -> list[UUID]:
        table = self._table
        system_key, value_key = external_id.key
        same_spelling = (table.c.system == external_id.system) & (table.c.value == external_id.value)
        query = (
            select(table.c.entity_id)
            .where(table.c.entity == self._entity, table.c.system_key == system_key, table.c.value_key == value_key)
            .order_by(case((same_spelling, 0), else_=1), table.c.double_no)
        )
        return list((await connection.execute(query)).scalars())

    async def read_by_entity(
        self, connection: AsyncConnection, ids: Sequence[UUID], position: int | None = None
    ) -> dict[UUID, list[ExternalId]]:
        """Identifiers by entity id, sorted by system and value: the current ones, or those known at a position."""
        found: dict[UUID, list[ExternalId]] = {one: [] for one in ids}
        for row in await self._rows(connection, ids, position):
            found[row.entity_id].append(_construct_stored_id(row.system, row.value))
        # Sorted here, by code points: the database's collation would order the present differently from the past.
        return {one: merge_external_ids(known, ()) for one, known in found.items()}

    async def _rows(self, connection: AsyncConnection, ids: Sequence[UUID], position: int | None) -> Sequence[AnyRow]:
        if position is None:
            table = self._table
            query = select(table).where(table.c.entity == self._entity, table.c.entity_id.in_(ids))
            return (await connection.execute(query)).all()
        parameters = {"ids": list(ids), "subjects": f"{self._entity}s/", "position": position}
        return (await connection.execute(_IDS_AT_POSITION, parameters)).all()

    async def add(self, connection: AsyncConnection, entity_id: UUID, external_ids: Sequence[ExternalId]) -> None:
        """Add identifiers that the entity does not have. Raises 409 when one belongs to another entity."""
        for number, external_id in enumerate(external_ids):
            holders = await self._find_holders(connection, external_id)
            if not holders:
                await connection.execute(self._insert(entity_id, external_id))
                holders = await self._find_holders(connection, external_id)
            if entity_id not in holders:
                error = FieldError(f"/external_ids/{number}", "external_id_taken", {"system": external_id.system})
                raise Problem(409, "external_id_taken", {"system": external_id.system}, [error])

    def _insert(self, entity_id: UUID, external_id: ExternalId) -> Insert:
        system_key, value_key = external_id.key
        keys = {"entity": self._entity, "entity_id": entity_id, "system_key": system_key, "value_key": value_key}
        return insert(self._table).values(keys | external_id.model_dump()).on_conflict_do_nothing()
