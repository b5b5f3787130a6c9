"""Definition of indicators, changes of definitions, targets."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from miernik_indicators.definitions import queries
from miernik_indicators.definitions.models import indicator, indicator_version, target
from miernik_indicators.definitions.schemas import (
    Definition,
    DefinitionState,
    Indicator,
    NewDefinition,
    NewIndicator,
    NewTarget,
    Target,
)
from miernik_indicators.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalIdentifiers, merge_external_ids
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, invalid, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.plausible_days import planned_days
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "indicator")
FAMILY = "definitions"


async def define_indicator(work: UnitOfWork, new: NewIndicator) -> Indicator:
    """Add an indicator with its first definition. Raises 409 for a duplicate code."""
    _refuse_impossible_day(work, "/valid_from", new.valid_from)
    await lock_key(work.connection, "indicator", new.code)
    if await queries.find_indicator(work.connection, new.code):
        raise conflict("indicator_code_taken", at="/code", code=new.code)
    _require_distinct_parts(new)
    indicator_no = await next_key(work.connection, indicator)
    series_no = await queries.next_series_no(work.connection)
    await queries.ensure_breakdown_numbers(work.connection, [part.code for part in new.parts])
    definition = Definition(**_state_values(new), version=1, redefined=False, change_note=None)
    created = Indicator(id=new_id(), code=new.code, measure=new.measure, definitions=[definition], targets=[],
                        external_ids=merge_external_ids((), new.external_ids))  # fmt: skip
    await external_ids.add(work.connection, created.id, new.external_ids)
    identity = {"indicator_no": indicator_no, "id": created.id, "code": new.code, "measure": new.measure,
                "sort_key": polish_sort_key(f"{new.measure} {new.code}")}  # fmt: skip
    await work.record(
        _build_change("indicator.defined", new.code, definition.model_dump(mode="json"), None),
        PositionedRow(indicator, identity),
        _version_row(indicator_no, series_no, definition),
    )
    return created


async def change_definition(work: UnitOfWork, code: str, new: NewDefinition) -> Definition:
    """Append a version of the definition.

    Needs ``If-Match``. Raises 404 for an unknown indicator, 409 unless the day is later than that of the former
    version.
    """
    row, versions = await _lock_with_versions(work, code)
    last = versions[-1]
    work.require_match(version_etag(last.version))
    _refuse_impossible_day(work, "/valid_from", new.valid_from)
    if new.valid_from <= last.valid_from:
        raise conflict("definition_not_later", valid_from=last.valid_from.isoformat())
    if new.aggregation != last.aggregation and not new.redefined:
        # A series has one aggregation over all its periods.
        raise conflict("aggregation_changed", at="/aggregation")
    _require_distinct_parts(new)
    await queries.ensure_breakdown_numbers(work.connection, [part.code for part in new.parts])
    series_no = await queries.next_series_no(work.connection) if new.redefined else last.series_no
    definition = Definition(
        **_state_values(new), version=last.version + 1, redefined=new.redefined, change_note=new.change_note
    )
    before = _to_definition(last, None).model_dump(mode="json")
    change = _build_change("indicator.changed", code, definition.model_dump(mode="json"), before)
    await work.record(change, _version_row(row.indicator_no, series_no, definition))
    return definition


async def set_target(work: UnitOfWork, code: str, new: NewTarget) -> Target:
    """Record a target for the definition in force on its day.

    Raises 404 for an unknown indicator, 422 for an unknown part.
    """
    row, versions = await _lock_with_versions(work, code)
    _refuse_impossible_day(work, "/effective_on", new.effective_on)
    in_force = [version for version in versions if version.valid_from <= new.effective_on] or versions[:1]
    version = in_force[-1]
    if new.breakdown and new.breakdown not in {part["code"] for part in version.parts}:
        raise invalid("/breakdown", "part_unknown", code=new.breakdown)
    if new.earmarked_value is not None and new.earmarked_value > new.value:
        raise invalid("/earmarked_value", "earmarked_exceeds_target")
    numbers = await queries.ensure_breakdown_numbers(work.connection, [new.breakdown or ""])
    values = new.model_dump(exclude={"breakdown"}) | {
        "indicator_no": row.indicator_no,
        "series_no": version.series_no,
        "breakdown_no": numbers[new.breakdown or ""],
    }
    change = _build_change("target.set", code, new.model_dump(mode="json"), None)
    recorded = await work.record(change, PositionedRow(target, values))
    return Target(**new.model_dump(), position=recorded.position)


async def find_indicator(work: UnitOfWork, code: str) -> AnyRow:
    """Identity of an indicator. Raises 404."""
    row = await queries.find_indicator(work.connection, code)
    if row is None:
        raise not_found("indicator_not_found")
    return row


async def load_indicators(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Indicator]:
    """API models of indicators with their versions and targets: three queries for any number of them."""
    numbers = [row.indicator_no for row in rows]
    versions = await queries.list_versions(work.connection, numbers)
    targets = await queries.list_targets(work.connection, numbers)
    identifiers = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [
        Indicator(
            id=row.id,
            code=row.code,
            measure=row.measure,
            definitions=_to_definitions([version for version in versions if version.indicator_no == row.indicator_no]),
            targets=[_to_target(one) for one in targets if one.indicator_no == row.indicator_no],
            external_ids=identifiers[row.id],
        )
        for row in rows
    ]


async def _lock_with_versions(work: UnitOfWork, code: str) -> tuple[AnyRow, list[AnyRow]]:
    await lock_key(work.connection, "indicator", code)
    row = await find_indicator(work, code)
    return row, await queries.list_versions(work.connection, [row.indicator_no])


def _refuse_impossible_day(work: UnitOfWork, pointer: str, day: date) -> None:
    refuse_invalid(list(planned_days(work.today).find_faults({pointer: day})))


def _require_distinct_parts(new: DefinitionState) -> None:
    codes = [part.code for part in new.parts]
    refuse_invalid(
        [FieldError(f"/parts/{n}/code", "part_repeated") for n, code in enumerate(codes) if code in codes[:n]]
    )


def _state_values(source: DefinitionState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in DefinitionState.model_fields}


def _to_definitions(versions: list[AnyRow]) -> list[Definition]:
    return [_to_definition(row, versions[n - 1].series_no if n else None) for n, row in enumerate(versions)]


def _to_definition(row: AnyRow, previous_series: int | None) -> Definition:
    redefined = previous_series is not None and previous_series != row.series_no
    return Definition.model_validate(columns_of(row) | {"redefined": redefined}, extra="ignore", context=STORED)


def _to_target(row: AnyRow) -> Target:
    return Target.model_validate(columns_of(row) | {"breakdown": row.breakdown or None}, extra="ignore", context=STORED)


def _version_row(indicator_no: int, series_no: int, definition: Definition) -> PositionedRow:
    values = _state_values(definition) | {
        "indicator_no": indicator_no,
        "series_no": series_no,
        "version": definition.version,
        "change_note": definition.change_note,
        "parts": [part.model_dump() for part in definition.parts],
    }
    return PositionedRow(indicator_version, values)


def _build_change(action: str, code: str, after: dict[str, Any], before: dict[str, Any] | None) -> Change:
    return Change(action, f"indicators/{code}", (FAMILY,), {"indicator": code, **after}, before=before, after=after)
