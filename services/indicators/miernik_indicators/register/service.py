"""Import of the official TERC file."""

import hashlib
from collections.abc import Mapping
from typing import Any

from miernik_indicators.register import queries
from miernik_indicators.register.models import territory_import
from miernik_indicators.register.schemas import TerritoryImportReceipt
from miernik_indicators.register.terc_file import TercFile, TercFileError, TercFinding, read_terc
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.problems import FieldError, Problem
from miernik_shared.surrogate_keys import next_key
from miernik_shared.web.unit_of_work import UnitOfWork

States = Mapping[str, list[dict[str, Any]]]
"""Entries of the register with their validity, by voivodeship."""
SHOWN_FINDINGS = 100


async def import_register(work: UnitOfWork, content: bytes) -> TerritoryImportReceipt:
    """Import a TERC file and recompute all validity intervals.

    The same file again changes nothing. Another file of the same day replaces the former one. Raises 422 with the
    findings of an invalid file.
    """
    file = _read_file(content)
    digest = hashlib.sha256(content).digest()
    # One lock for all imports: each of them derives the intervals from all files.
    await lock_key(work.connection, "territory", "all")
    previous = await queries.find_latest_import(work.connection, file.as_of)
    if previous and previous.sha256 == digest:
        work.unchanged = True
        return TerritoryImportReceipt(
            as_of=file.as_of, entries=previous.entries, sha256=digest.hex(), position=previous.position, replayed=True
        )
    import_no = await next_key(work.connection, territory_import)
    await queries.insert_entries(work.connection, _entry_rows(file, import_no))
    before = await queries.read_states(work.connection)
    await queries.derive_territories(work.connection, added=(import_no, file.as_of))
    states = describe_changed_states(before, await queries.read_states(work.connection))
    values = {"import_no": import_no, "as_of": file.as_of, "sha256": digest, "entries": len(file.entries)}
    recorded = await work.record(_build_change(file, digest.hex(), states), PositionedRow(territory_import, values))
    return TerritoryImportReceipt(
        as_of=file.as_of, entries=len(file.entries), sha256=digest.hex(), position=recorded.position, replayed=False
    )


def _read_file(content: bytes) -> TercFile:
    try:
        return read_terc(content)
    except TercFileError as error:
        errors = [_to_field_error(finding) for finding in error.findings[:SHOWN_FINDINGS]]
        raise Problem(422, "terc_file_refused", {"count": str(len(error.findings))}, errors) from error


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
