"""External ids in addresses: ``/by-external-id/{system}/{value}``."""

from typing import Annotated

from fastapi import Depends, Path
from pydantic import AfterValidator, StringConstraints

from miernik_shared.external_ids import ExternalId, ExternalSystem, ExternalValue
from miernik_shared.values.free_texts import NoPersonalNumber, lookup_key


def _require_key(text: str) -> str:
    lookup_key(text)
    return text


_Sought = Annotated[
    str, StringConstraints(min_length=1, max_length=200), AfterValidator(_require_key), NoPersonalNumber, Path()
]


async def _read_sought(system: _Sought, value: _Sought) -> ExternalId:
    return ExternalId.model_construct(system=system, value=value)


async def _read_written(
    system: Annotated[ExternalSystem, Path()], value: Annotated[ExternalValue, Path()]
) -> ExternalId:
    return ExternalId(system=system, value=value)


SoughtExternalId = Annotated[ExternalId, Depends(_read_sought)]
"""External id of the address of a read, in any spelling, also of a kind that is no longer accepted."""
WrittenExternalId = Annotated[ExternalId, Depends(_read_written)]
"""External id of the address of an upsert, which gives it to a new entity."""
