"""Registration of single applications, changes of their state, and progress from stage to stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import polars as pl

from miernik_calls.applications import queries
from miernik_calls.applications.events import ACTION, describe_event, family_of
from miernik_calls.applications.node_assignment import find_foreign_nodes
from miernik_calls.applications.plausibility import find_implausible_cells
from miernik_calls.applications.schemas import Application, ApplicationState, NewApplication, NewStage
from miernik_calls.applications.stages import validate_stages
from miernik_calls.applications.store import number_versions, write_versions
from miernik_calls.applications.texts import find_unfit_texts
from miernik_calls.applications.version_columns import IDENTITY, STATE, one_row
from miernik_calls.applications.views import render_application, state_of
from miernik_calls.calls.queries import find_by_id as find_call
from miernik_calls.organisations.queries import find_by_id as find_organisation
from miernik_calls.programme.queries import find_by_code
from miernik_calls.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change
from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, not_found, refuse_invalid
from miernik_shared.uploads.findings import TableFinding, findings_from_table, sort_findings
from miernik_shared.uploads.unlikely_rows import CONFIRM
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.identity import identity_key
from miernik_shared.web.findings import render_findings
from miernik_shared.web.revisions import revise, version_etag
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "application")
_State = TypeVar("_State", bound=ApplicationState)


@dataclass(frozen=True, slots=True)
class _References:
    """Resolved references of a state: surrogate keys, values that the API shows, and errors for unknown references."""

    keys: dict[str, int | None]
    node_id: UUID | None
    call_number: str | None
    errors: list[FieldError]


async def register_application(work: UnitOfWork, new: NewApplication, address: ExternalId | None = None) -> Application:
    """Register an application. Raises 422 for unknown references or impossible stages, 409 for a taken number."""
    office = new.office or work.service.settings.home_voivodeship
    refuse_invalid(_validate_texts(number=new.number, title=new.title))
    key = identity_key(new.number)
    await lock_key(work.connection, "application", f"{office}/{key}")
    if taken := await queries.find_by_number(work.connection, office, key):
        existing = {"application_id": taken.id}
        raise conflict("application_number_taken", at="/number", existing=existing, office=office, number=taken.number)
    known = include_address_id(new.external_ids, address)
    new = await _adopt_node_of_call(work, office, new)
    made = new_id()
    identity = {"number": new.number, "number_key": key, "id": str(made), "application_no": None, "version": 0}
    await external_ids.add(work.connection, made, known)
    return await _write(work, office, identity, new, None, merge_external_ids((), known))


async def change_application(
    work: UnitOfWork, row: AnyRow, state: ApplicationState, further: Sequence[ExternalId] = ()
) -> Application:
    """Append a version of an application with a locked ``row``. Needs ``If-Match``; an equal state changes nothing."""
    state = await _adopt_node_of_call(work, row.office, state)

    async def append_version(before: Application, after: Application) -> Application:
        return await _write(work, row.office, identity_of(row), state, before, after.external_ids, columns_of(row))

    return await revise(
        work,
        row,
        state_of(state),
        external_ids=external_ids,
        render=partial(render_application, work),
        errors=_validate_texts(title=state.title),
        append=append_version,
        further=further,
    )


async def reach_stage(work: UnitOfWork, row: AnyRow, new: NewStage) -> Application:
    """Append a version in which the application has reached a further stage, or its end. ``row`` is locked."""
    errors, reached = _read_stage(new)

    async def refuse_conflicts(before: Application) -> None:
        if (former := getattr(before, f"{new.stage}_on")) is not None:
            raise conflict("stage_reached", stage=new.stage, effective_on=former.isoformat())

    async def append_version(before: Application, _: Application) -> Application:
        state = ApplicationState.model_validate(state_of(before) | reached, context=STORED)
        state = await _adopt_node_of_call(work, row.office, state)
        # The request has one day and one value: an error at any stage is theirs.
        fields = dict.fromkeys(STATE, "effective_on") | {f"{new.stage}_value_pln": "value_pln"}
        identity, old = identity_of(row), columns_of(row)
        return await _write(work, row.office, identity, state, before, before.external_ids, old, fields)

    return await revise(
        work,
        row,
        reached,
        external_ids=external_ids,
        render=partial(render_application, work),
        errors=errors,
        check=refuse_conflicts,
        append=append_version,
    )


def _read_stage(new: NewStage) -> tuple[list[FieldError], dict[str, Any]]:
    """Return the errors of a stage and the columns that it sets."""
    value = f"{new.stage}_value_pln"
    if value in STATE:
        return [], {f"{new.stage}_on": new.effective_on, value: new.value_pln}
    unexpected = FieldError("/value_pln", "stage_value_unexpected", {"stage": new.stage})
    return [unexpected] if new.value_pln is not None else [], {f"{new.stage}_on": new.effective_on}


async def upsert_application(work: UnitOfWork, address: ExternalId, new: NewApplication) -> tuple[Application, bool]:
    """Register or change the application with an external id. The flag is true if it was registered."""
    application_id = await external_ids.find(work.connection, address)
    if application_id is None:
        work.refuse_if_match()
        return await register_application(work, new, address), True
    row = await lock_application(work, application_id)
    office = new.office or work.service.settings.home_voivodeship
    if (office, identity_key(new.number)) != (row.office, row.number_key):
        raise conflict("application_identity_changed", number=row.number, office=row.office)
    return await change_application(work, row, new, new.external_ids), False


async def find_application(work: UnitOfWork, application_id: UUID) -> AnyRow:
    """Return the current row of an application. Raises 404."""
    row = await queries.find_by_id(work.connection, application_id)
    if row is None:
        raise not_found("application_not_found")
    return row


async def lock_application(work: UnitOfWork, application_id: UUID) -> AnyRow:
    """Lock an application against other writers and return its current row. Needs ``If-Match``.

    Raises 404, and 409 for an annulled one, which never changes again.
    """
    row = await queries.lock_application(work.connection, application_id)
    if row is None:
        raise not_found("application_not_found")
    work.require_match(version_etag(row.version))
    if row.annulled:
        raise conflict("application_annulled", number=row.number)
    return row


async def read_external_ids(work: UnitOfWork, rows: Sequence[AnyRow]) -> dict[UUID, list[ExternalId]]:
    """External ids by application as known at the position read; an annulled one shows those that it set free."""
    known = await external_ids.read_by_entity(work.connection, [row.id for row in rows], work.known_position)
    if work.known_position is None:
        known |= {row.id: row.freed_ids for row in rows if row.annulled}
    return known


async def _write(
    work: UnitOfWork,
    office: str,
    identity: Mapping[str, Any],
    state: ApplicationState,
    before: Application | None,
    external: list[ExternalId],
    old: Mapping[str, Any] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Application:
    """Validate a state of an application and store it as a version.

    ``fields`` maps columns to the names that they have in the request, if those differ.
    """
    refers = await _resolve_references(work, office, state)
    row = one_row(identity, state_of(state) | refers.keys, old)
    findings = await _find_faults(work, office, row)
    wrong = [_as_error(found, fields or {}) for found in findings if found.severity == "error"]
    refuse_invalid([*refers.errors, *wrong])
    work.require_confirmation(_as_unlikely_values(findings, fields or {}))
    findings = [found for found in findings if found.severity != CONFIRM]
    row = number_versions(row)
    shown = {
        "id": UUID(identity["id"]), "office": office, "number": identity["number"], "annulled": False,
        "version": identity["version"] + 1,
        "node_id": refers.node_id, "call_number": refers.call_number, "external_ids": external,
        "findings": render_findings(work, findings),
    }  # fmt: skip
    # A part of the state may be stored since before a rule became stricter.
    after = Application.model_validate(shown | state_of(state), context=STORED)
    data = describe_event(office, row, await queries.map_node_ids(work.connection, office), None)
    await write_versions(work, office, row, describe_change(ACTION, after, before, data), [], None)
    return after


async def _find_faults(work: UnitOfWork, office: str, row: pl.DataFrame) -> list[TableFinding]:
    """Findings about the state of one application, by the same rules as in lists."""
    foreign = find_foreign_nodes(row, await queries.read_programme_tree(work.connection, office))
    around = await queries.read_surroundings(work.connection, office, row["call_no"][0], row["node_no"][0])
    implausible = find_implausible_cells(row, around, work.today)
    return findings_from_table(sort_findings([*validate_stages(row, work.today), foreign, *implausible]))


async def _adopt_node_of_call(work: UnitOfWork, office: str, state: _State) -> _State:
    """Return the state with the node of its call if it has none of its own; lists are completed likewise."""
    if state.node is not None or state.call is None:
        return state
    call = await find_call(work.connection, state.call)
    return state.model_copy(update={"node": call.node}) if call and call.office == office else state


async def _resolve_references(work: UnitOfWork, office: str, state: ApplicationState) -> _References:
    """Look up what a state refers to. A node or call of another office is unknown."""
    connection = work.connection
    node = await find_by_code(connection, office, state.node) if state.node else None
    call = await find_call(connection, state.call) if state.call else None
    organisation = await find_organisation(connection, state.organisation) if state.organisation else None
    call = call if call and call.office == office else None
    found = {"node": node, "call": call, "organisation": organisation}
    errors = [
        FieldError(f"/{name}", f"application_{name}_unknown", {"row": "–", "seen": str(getattr(state, name))})
        for name, row in found.items()
        if row is None and getattr(state, name) is not None
    ]
    keys = {f"{name}_no": getattr(row, f"{name}_no") if row else None for name, row in found.items()}
    return _References(keys, node.id if node else None, call.number if call else None, errors)


def identity_of(row: AnyRow) -> dict[str, Any]:
    """Columns of :data:`version_columns.IDENTITY` of an application's current row."""
    return {name: getattr(row, name) for name in IDENTITY} | {"id": str(row.id)}


def _as_error(found: TableFinding, fields: Mapping[str, str]) -> FieldError:
    error = found.as_error()
    return replace(error, pointer=f"/{fields.get(found.column_name or '', found.column_name)}")


def _as_unlikely_values(findings: Sequence[TableFinding], fields: Mapping[str, str]) -> list[UnlikelyValue]:
    return [
        UnlikelyValue(_as_error(one, fields).pointer, one.code, one.params.get("seen", ""), one.params)
        for one in findings
        if one.severity == CONFIRM
    ]


def _validate_texts(**texts: str | None) -> list[FieldError]:
    """Errors in texts, by the same rules as in lists."""
    schema = {"row_no": pl.Int32, **dict.fromkeys(texts, pl.String)}
    table = pl.DataFrame([(None, *texts.values())], schema=schema, orient="row")
    found = findings_from_table(sort_findings([one for name in texts for one in find_unfit_texts(table, name)]))
    return [_as_error(one, {}) for one in found]


def describe_change(action: str, after: Application, before: Application | None, data: dict[str, Any]) -> Change:
    """Change of one application; ``data`` are those of its event."""
    former, now = (one.model_dump(mode="json", exclude={"findings"}) if one else None for one in (before, after))
    return Change(action, f"applications/{after.id}", (family_of(after.office),), data, before=former, after=now)
