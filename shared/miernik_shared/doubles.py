"""Doubles: entities whose identifier is another spelling of the identifier of an older one.

They were stored before spellings were recognised. Each counts as an entity of its own until an officer annuls it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import columns_of
from miernik_shared.values.identity import REFUSED

EXTERNAL_IDS = """
    select entity || ' with external id' as kind, entity || '/' || system_key as scope, value_key as key,
        double_no::bigint as age, entity_id as id, system || ':' || value as identifier
    from external_identifier
"""
"""External identifiers of a service, in the form of :func:`find_doubles`."""
# The identifiers that the eldest entity of their kind, scope and key does not have alone; each with that entity.
_DOUBLES = """
    select kind, id, identifier, eldest_id, eldest_identifier from (
        select *, first_value(id) over same as eldest_id, first_value(identifier) over same as eldest_identifier
        from ({identifiers}) current window same as (partition by kind, scope, key order by age, id)
    ) numbered where id <> eldest_id order by kind, scope, key, age, id
"""
_REFUSED = re.compile(f"[{REFUSED}]")


@dataclass(frozen=True, slots=True)
class Double:
    """An entity, and the eldest one whose identifier has the same key."""

    kind: str
    id: UUID
    identifier: str
    eldest_id: UUID
    eldest_identifier: str

    def __str__(self) -> str:
        """Line for an operator. Invisible characters are written as their code points."""
        spelled, eldest = (
            _REFUSED.sub(lambda found: f"<U+{ord(found[0]):04X}>", one)
            for one in (self.identifier, self.eldest_identifier)
        )
        return f"{self.kind} “{spelled}” ({self.id}) doubles “{eldest}” ({self.eldest_id})"


async def find_doubles(connection: AsyncConnection, identifiers: Sequence[str]) -> list[Double]:
    """Doubles among the identifiers of a service.

    Each of ``identifiers`` is a query of those in use, with the columns ``kind``, ``scope`` (within which a key is
    unique), ``key``, ``age`` (the smaller the elder), ``id`` and ``identifier``.
    """
    statement = text(_DOUBLES.format(identifiers=" union all ".join(identifiers)))
    return [Double(**columns_of(row)) for row in await connection.execute(statement)]
