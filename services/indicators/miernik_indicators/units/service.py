"""Registration and changes of reporting units."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from miernik_indicators.owing.queries import lock_owing_units, recount_unit
from miernik_indicators.tables import tables
from miernik_indicators.units import queries
from miernik_indicators.units.models import reporting_unit, reporting_unit_version
from miernik_indicators.units.rules import check_active_days, check_identifiers
from miernik_indicators.units.schemas import NewUnit, Unit, UnitState
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.territories.codes import key_of
from miernik_shared.territories.register import find_territory_errors
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.teryt import TerritoryCode
from miernik_shared.web.revisions import revise
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "reporting-unit")


async def register_unit(work: UnitOfWork, new: NewUnit, identified_by: ExternalId | None = None) -> Unit:
    """Register a unit. Raises 422 for an invalid territory, NIP or REGON, 409 for a duplicate code or external id."""
    territory = await _validate_territory(work, new)
    code = new.code or f"{new.kind}-{territory.code}"
    await lock_key(work.connection, "unit_code", code)
    if await queries.find_by_code(work.connection, code):
        raise conflict("unit_code_taken", at="/code", code=code)
    unit = Unit(id=new_id(), code=code, kind=new.kind, territory=territory.code, version=1, **_state_values(new))
    identified = include_address_id(new.external_ids, identified_by)
    unit.external_ids = merge_external_ids((), identified)
    await external_ids.add(work.connection, unit.id, identified)
    unit_no = await next_key(work.connection, reporting_unit)
    identity = {
        "unit_no": unit_no,
        "id": unit.id,
        "code": code,
        "kind": new.kind,
        "territory": territory.code,
        "voivodeship": int(territory.voivodeship),
        "powiat": int(territory.code[:4].ljust(4, "0")),
    }
    change = _build_change("reporting-unit.registered", unit, None)
    await lock_owing_units(work.connection)
    await work.record(change, PositionedRow(reporting_unit, identity), _version_row(unit_no, unit))
    await recount_unit(work.connection, unit_no)
    return unit


async def change_unit(work: UnitOfWork, row: AnyRow, state: UnitState, further: Sequence[ExternalId] = ()) -> Unit:
    """Append a version of a unit, with external ids that may be added.

    Needs ``If-Match``; an equal state changes nothing.
    """
    await lock_key(work.connection, "reporting_unit", str(row.id))
    row = await find_unit(work, row.id)

    async def append_version(before: Unit, after: Unit) -> Unit:
        other_days = (before.active_from, before.active_to) != (after.active_from, after.active_to)
        if other_days:
            await lock_owing_units(work.connection)
        await work.record(_build_change("reporting-unit.changed", after, before), _version_row(row.unit_no, after))
        if other_days:
            await recount_unit(work.connection, row.unit_no)
        return after

    return await revise(
        work,
        row,
        _state_values(state),
        external_ids=external_ids,
        render=render_unit,
        errors=_validate_state(state),
        append=append_version,
        further=further,
    )


async def upsert_unit(work: UnitOfWork, external_id: ExternalId, new: NewUnit) -> tuple[Unit, bool]:
    """Register or change the unit with an external id. Returns the unit and whether it was registered."""
    unit_id = await external_ids.find(work.connection, external_id)
    if unit_id is None:
        work.refuse_if_match()
        return await register_unit(work, new, external_id), True
    row = await find_unit(work, unit_id)
    same_territory = key_of(new.territory) == row.territory
    if not same_territory:
        await _validate_territory(work, new)
    if not same_territory or (new.kind, new.code or row.code) != (row.kind, row.code):
        raise conflict("unit_identity_changed", code=row.code)
    return await change_unit(work, row, new, new.external_ids), False


async def find_unit(work: UnitOfWork, unit_id: UUID) -> AnyRow:
    """Identity and latest version of a unit. Raises 404."""
    row = await queries.find_by_id(work.connection, unit_id)
    if row is None:
        raise not_found("unit_not_found")
    return row


async def render_units(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Unit]:
    """API models of units, with their external ids."""
    identifiers = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [render_unit(row, identifiers[row.id]) for row in rows]


def render_unit(row: AnyRow, identifiers: list[ExternalId]) -> Unit:
    """API model built from a row of :func:`queries.select_current_units`."""
    return Unit.model_validate(columns_of(row) | {"external_ids": identifiers}, extra="ignore", context=STORED)


def _state_values(source: UnitState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in UnitState.model_fields}


def _validate_state(state: UnitState) -> list[FieldError]:
    return [*check_identifiers(state.nip, state.regon), *check_active_days(state.active_from, state.active_to)]


async def _validate_territory(work: UnitOfWork, new: NewUnit) -> TerritoryCode:
    """Parse the territory. Raises 422 unless it is in force on the last day of the unit's work, or today."""
    day = max(new.active_from, min(new.active_to or work.today, work.today))
    refuse_invalid([*_validate_state(new), *await find_territory_errors(work, new.territory, day)])
    return TerritoryCode.parse(new.territory)


def _version_row(unit_no: int, unit: Unit) -> PositionedRow:
    values = {
        "unit_no": unit_no,
        "version": unit.version,
        "sort_key": polish_sort_key(unit.name),
        **_state_values(unit),
    }
    return PositionedRow(reporting_unit_version, values)


def _build_change(action: str, unit: Unit, before: Unit | None) -> Change:
    after = unit.model_dump(mode="json")
    return Change(
        action,
        f"reporting-units/{unit.id}",
        ("units",),
        after,
        before=before.model_dump(mode="json") if before else None,
        after=after,
    )
