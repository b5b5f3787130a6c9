"""What the entities of this service share: each is an identity and versions of its state."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.external_ids import ExternalId
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.free_texts import NoPersonalNumber, ShortText

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), NoPersonalNumber]
ShortPath = Annotated[ShortText, Path()]

_LOCK = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("kind")), func.hashtext(bindparam("key"))))


def version_etag(version: int) -> str:
    """ETag of a version."""
    return f'"v{version}"'


async def lock(connection: AsyncConnection, kind: str, key: str) -> None:
    """Makes the writers of one thing wait for each other. Facts cannot be locked: the role may not update them."""
    await connection.execute(_LOCK, {"kind": kind, "key": key})


def refuse(faults: Sequence[FieldError]) -> None:
    """Raises 422 with all of the faults, if there are any."""
    if faults:
        raise Problem(422, "request_invalid", errors=faults)


def refuse_if_match_of_nothing(if_match: str | None) -> None:
    """An upsert that names a state of something that does not exist has seen something else."""
    if if_match is not None:
        raise Problem(412, "if_match_stale", {"current": "–"})


def identifiers(body: Sequence[ExternalId], address: ExternalId | None) -> list[ExternalId]:
    """The external ids of a new entity: those of its body and the one of the address it was sent to."""
    return [*body, *([address] if address else [])]
