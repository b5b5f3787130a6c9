"""Versioned entities: the order in which a change is checked, and what is appended."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import BaseModel

from miernik_shared.database import AnyRow
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers
from miernik_shared.problems import FieldError, Problem, conflict
from miernik_shared.web.entity_tags import parse_entity_tags
from miernik_shared.web.revisions import revise, version_etag
from miernik_shared.web.unit_of_work import UnitOfWork

ENTITY = UUID("01890000-0000-7000-8000-000000000002")
OWN = ExternalId(system="SIMIK", value="1")
OTHER = ExternalId(system="SIMIK", value="2")
WRONG = FieldError("/name", "field_missing")


class Node(BaseModel):
    """An entity with one field that may change."""

    name: str
    version: int
    external_ids: list[ExternalId]


class StoredIds:
    """External ids that are held in memory instead of a table."""

    def __init__(self) -> None:
        self.added: list[ExternalId] = []

    async def read_by_entity(self, _: Any, ids: Sequence[UUID]) -> dict[UUID, list[ExternalId]]:
        return {entity_id: [OWN] for entity_id in ids}

    async def add(self, _connection: Any, _entity_id: UUID, external_ids: Sequence[ExternalId]) -> None:
        self.added += external_ids


class Revision:
    """One call of `revise` on version 3 of a node, and what it did."""

    def __init__(self, if_match: str | None = '"v3"') -> None:
        tags = parse_entity_tags(if_match) if if_match else None
        self.work = cast(UnitOfWork, SimpleNamespace(connection=None, if_match=tags, unchanged=False))
        self.work.require_match = lambda etag: UnitOfWork.require_match(self.work, etag)  # type: ignore[method-assign]
        self.ids = StoredIds()
        self.appended: list[tuple[Node, Node]] = []

    async def change(self, name: str, **options: Any) -> Node:
        row = cast(AnyRow, SimpleNamespace(id=ENTITY, version=3, name="stored"))
        return await revise(
            self.work, row, {"name": name}, external_ids=cast(ExternalIdentifiers, self.ids), render=self._render,
            append=self._append, **options,
        )  # fmt: skip

    def _render(self, row: AnyRow, known: list[ExternalId]) -> Node:
        return Node(name=row.name, version=row.version, external_ids=known)

    async def _append(self, before: Node, after: Node) -> Node:
        self.appended.append((before, after))
        return after


async def refuse(_: Node) -> None:
    raise conflict("raced")


async def test_other_state_appends_the_next_version() -> None:
    revision = Revision()

    changed = await revision.change("new")

    assert (changed.name, changed.version, changed.external_ids) == ("new", 4, [OWN])
    assert [before.name for before, _ in revision.appended] == ["stored"]
    assert revision.work.unchanged is False


async def test_equal_state_appends_nothing() -> None:
    revision = Revision()

    same = await revision.change("stored", check=refuse, further=[OWN])

    assert (same.version, revision.work.unchanged, revision.appended) == (3, True, [])


async def test_further_external_id_alone_appends_a_version() -> None:
    revision = Revision()

    changed = await revision.change("stored", further=[OTHER])

    assert (changed.version, changed.external_ids, revision.ids.added) == (4, [OWN, OTHER], [OTHER])


async def test_missing_if_match_goes_before_wrong_fields() -> None:
    with pytest.raises(Problem) as refused:
        await Revision(if_match=None).change("new", errors=[WRONG])

    assert refused.value.status == 428


async def test_stale_if_match_names_the_current_version() -> None:
    with pytest.raises(Problem) as refused:
        await Revision(if_match=version_etag(2)).change("new")

    assert (refused.value.status, refused.value.headers["ETag"]) == (412, '"v3"')


async def test_wrong_fields_go_before_the_comparison() -> None:
    with pytest.raises(Problem) as refused:
        await Revision().change("stored", errors=[WRONG])

    assert (refused.value.status, refused.value.errors) == (422, (WRONG,))


async def test_conflict_goes_before_external_ids_are_added() -> None:
    revision = Revision()

    with pytest.raises(Problem) as refused:
        await revision.change("new", check=refuse, further=[OTHER])

    assert (refused.value.status, revision.ids.added, revision.appended) == (409, [], [])
