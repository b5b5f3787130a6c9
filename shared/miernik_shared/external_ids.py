"""External identifiers: numbers that the office's other systems give to our entities, as (system, value)."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Column, Index, MetaData, Table, Text, select, text
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import AnyRow
from miernik_shared.problems import FieldError, Problem
from miernik_shared.tables import TableKind, table_kind
from miernik_shared.values.free_texts import ShortText

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


class ExternalId(BaseModel):
    """Number (``value``) that another ``system`` gives to an entity; unique per system and kind of entity."""

    system: ShortText
    value: ShortText


def external_identifier_table(metadata: MetaData) -> Table:
    """Declare the table in the metadata of a service."""
    return Table(
        "external_identifier",
        metadata,
        Column("entity", Text, primary_key=True),
        Column("system", Text, primary_key=True),
        Column("value", Text, primary_key=True),
        Column("entity_id", UuidType, nullable=False),
        Index("external_identifier_entity_id", "entity_id"),
        info=table_kind(TableKind.WORKING),
    )


def include_address_id(body: Sequence[ExternalId], address: ExternalId | None) -> list[ExternalId]:
    """External ids of a new entity: those of the request body and the one in the request's address."""
    return [*body, *([address] if address else [])]


def merge_external_ids(known: Sequence[ExternalId], further: Sequence[ExternalId]) -> list[ExternalId]:
    """Union of both lists, sorted by system and value."""
    pairs = sorted({(one.system, one.value) for one in (*known, *further)})
    return [_construct_stored_id(system, value) for system, value in pairs]


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
        """Id of the entity with this external identifier; ``None`` if no entity has it."""
        table = self._table
        query = select(table.c.entity_id).where(
            table.c.entity == self._entity, table.c.system == external_id.system, table.c.value == external_id.value
        )
        return (await connection.execute(query)).scalar_one_or_none()

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
        """Add identifiers. Raises 409 when one belongs to another entity."""
        for number, external_id in enumerate(external_ids):
            values = {"entity": self._entity, "entity_id": entity_id, **external_id.model_dump()}
            await connection.execute(insert(self._table).values(values).on_conflict_do_nothing())
            if await self.find(connection, external_id) != entity_id:
                error = FieldError(f"/external_ids/{number}", "external_id_taken", {"system": external_id.system})
                raise Problem(409, "external_id_taken", {"system": external_id.system}, [error])
