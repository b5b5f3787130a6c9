"""Import of the official TERC file."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from miernik_indicators.register import queries
from miernik_indicators.register.comparison import Edition, compare_editions, find_unlikely_changes
from miernik_indicators.register.models import territory_annulment, territory_import
from miernik_indicators.register.queries import FIRST_DAY
from miernik_indicators.register.schemas import EditionComparison, TerritoryImport, TerritoryImportReceipt
from miernik_indicators.register.terc_file import TercEntry, TercFile, TercFileError, TercFinding, read_terc
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.confirmations import UnlikelyKind, refuse_unconfirmed, render_kind
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import FieldError, Problem, conflict, not_found
from miernik_shared.surrogate_keys import next_key
from miernik_shared.uploads.limits import refuse_too_many_rows
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.endpoint_declarations import FieldErrorBody
from miernik_shared.web.unit_of_work import UnitOfWork

States = Mapping[str, list[dict[str, Any]]]
"""Entries of the register with their validity, by voivodeship."""
SHOWN_FINDINGS = 100
_MOST_ENTRIES = 20_000
"""Maximum number of entries of a file; the register has 4,400."""


async def import_register(work: UnitOfWork, content: bytes, *, dry_run: bool) -> TerritoryImportReceipt:
    """Import a TERC file and recompute all validity intervals; a dry run only compares it.

    The same file again changes nothing. Another file of the same day replaces the former one. Raises 422 with the
    findings of an invalid file, or with the changes that need a confirmation.
    """
    file = await run_in_thread_if_large(len(content), _read_file, content, work.today)
    # One lock for all imports: each of them derives the intervals from all files.
    await lock_key(work.connection, "territory", "all")
    receipt = await _compare_with_latest(work, file, hashlib.sha256(content).hexdigest())
    if receipt.replayed:
        work.unchanged, work.rehearsed = True, dry_run
        return receipt.model_copy(update={"dry_run": dry_run})
    kinds = work.confirmations.confirm(work.confirmations.describe(find_unlikely_changes(receipt.comparison)))
    if dry_run:
        work.unchanged = work.rehearsed = True
        return receipt.model_copy(update={"dry_run": True, **_render_unconfirmed(work, kinds)})
    refuse_unconfirmed(kinds)
    return await _store_import(work, file, receipt)


async def annul_import(work: UnitOfWork, import_no: int, reason: str) -> TerritoryImport:
    """Annul an import that was made in error, and derive all validity intervals from the others.

    Raises 404 for an unknown import, 409 for one that is annulled already. A past ``known_at`` still sees it.
    """
    await lock_key(work.connection, "territory", "all")
    row = await queries.find_import(work.connection, import_no)
    if row is None:
        raise not_found("terc_import_not_found")
    if row.reason is not None:
        raise conflict("terc_import_annulled", on=row.as_of.isoformat())
    before = await queries.read_states(work.connection)
    await queries.derive_territories(work.connection, annulled=import_no)
    states = describe_changed_states(before, await queries.read_states(work.connection))
    described = {"import_no": import_no, "as_of": row.as_of.isoformat()}
    subject = f"territory-imports/{row.as_of.isoformat()}"
    change = Change(
        "territory.annulled", subject, ("register",), described | {"voivodeships": states},
        before=described, after=described | {"reason": reason},
    )  # fmt: skip
    await work.record(change, PositionedRow(territory_annulment, {"import_no": import_no, "reason": reason}))
    return render_import(row).model_copy(update={"annulled": True, "reason": reason})


def render_import(row: AnyRow) -> TerritoryImport:
    """API model of an import."""
    columns = columns_of(row) | {"sha256": row.sha256.hex(), "annulled": row.reason is not None}
    return TerritoryImport.model_validate(columns, context=STORED)


async def _compare_with_latest(work: UnitOfWork, file: TercFile, sha256: str) -> TerritoryImportReceipt:
    """Receipt of the import that counts for this very file, or of one that is not stored yet."""
    latest = await queries.find_latest_import(work.connection, file.as_of)
    replayed = latest if latest is not None and latest.sha256.hex() == sha256 else None
    return TerritoryImportReceipt(
        import_no=replayed.import_no if replayed else None,
        as_of=file.as_of,
        entries=len(file.entries),
        sha256=sha256,
        position=replayed.position if replayed else work.position,
        replayed=replayed is not None,
        dry_run=False,
        comparison=await _compare_with_neighbour(work, file, replayed.import_no if replayed else None),
    )


async def _compare_with_neighbour(work: UnitOfWork, file: TercFile, replayed: int | None) -> EditionComparison:
    before = await queries.find_neighbour(work.connection, file.as_of, later=False, besides=replayed)
    after = await queries.find_neighbour(work.connection, file.as_of, later=True)
    neighbour = before or after
    old = None
    if neighbour is not None:
        rows = await queries.list_entries(work.connection, neighbour.import_no)
        entries = [TercEntry(row.code, row.kind, row.level, row.name, row.kind_name) for row in rows]
        old = Edition.build(neighbour.as_of, entries)
    return compare_editions(Edition.build(file.as_of, file.entries), old, after.as_of if after else None)


async def _store_import(work: UnitOfWork, file: TercFile, receipt: TerritoryImportReceipt) -> TerritoryImportReceipt:
    import_no = await next_key(work.connection, territory_import)
    await queries.insert_entries(work.connection, _entry_rows(file, import_no))
    before = await queries.read_states(work.connection)
    await queries.derive_territories(work.connection, added=(import_no, file.as_of))
    states = describe_changed_states(before, await queries.read_states(work.connection))
    digest = bytes.fromhex(receipt.sha256)
    values = {"import_no": import_no, "as_of": file.as_of, "sha256": digest, "entries": len(file.entries)}
    recorded = await work.record(_build_change(file, receipt.sha256, states), PositionedRow(territory_import, values))
    return receipt.model_copy(update={"import_no": import_no, "position": recorded.position})


def _render_unconfirmed(work: UnitOfWork, kinds: Sequence[UnlikelyKind]) -> dict[str, Any]:
    catalogue, language = work.service.catalogue, work.language
    errors = [catalogue.field_error(error, language) for kind in kinds for error in kind.errors]
    return {
        "unlikely": [FieldErrorBody.model_validate(error) for error in errors],
        "confirmations": [render_kind(kind) for kind in kinds],
    }


def _read_file(content: bytes, today: date) -> TercFile:
    refuse_too_many_rows(content.count(b"\n") + content.count(b"\r"), _MOST_ENTRIES)
    try:
        file = read_terc(content)
        _check_day(file.as_of, today)
        return file
    except TercFileError as error:
        errors = [_to_field_error(finding) for finding in error.findings[:SHOWN_FINDINGS]]
        raise Problem(422, "terc_file_refused", {"count": str(len(error.findings))}, errors) from error


def _check_day(as_of: date, today: date) -> None:
    """Raise the finding of a day before the present division or in the future: such an edition cannot exist."""
    params = {"value": as_of.isoformat(), "first_day": FIRST_DAY.isoformat(), "today": today.isoformat()}
    if as_of < FIRST_DAY:
        raise TercFileError([TercFinding(2, "STAN_NA", "day_too_early", params)])
    if as_of > today:
        raise TercFileError([TercFinding(2, "STAN_NA", "day_to_come", params)])


def _to_field_error(finding: TercFinding) -> FieldError:
    params = {"row": str(finding.row), "column": finding.column or "", **finding.params}
    pointer = f"/rows/{finding.row}" + (f"/{finding.column}" if finding.column else "")
    return FieldError(pointer, f"terc_{finding.code}", params, finding.row, finding.column)


def _entry_rows(file: TercFile, import_no: int) -> list[dict[str, object]]:
    return [
        {
            "import_no": import_no,
            "code": entry.code,
            "kind": entry.kind,
            "level": entry.level,
            "name": entry.name,
            "kind_name": entry.kind_name,
            "sort_key": polish_sort_key(entry.name),
        }
        for entry in file.entries
    ]


def describe_changed_states(before: States, after: States) -> list[dict[str, Any]]:
    """Member ``voivodeships`` of an event: all entries of each voivodeship of which an entry or its validity changed.

    At most some 4,000 entries in all: one event brings an edition as a whole.
    """
    changed = (code for code in sorted({*before, *after}) if before.get(code) != after.get(code))
    return [{"code": code, "entries": after.get(code, [])} for code in changed]


def _build_change(file: TercFile, digest: str, states: list[dict[str, Any]]) -> Change:
    after = {"as_of": file.as_of.isoformat(), "entries": len(file.entries), "sha256": digest}
    subject = f"territory-imports/{file.as_of.isoformat()}"
    return Change("territory.imported", subject, ("register",), after | {"voivodeships": states}, after=after)
