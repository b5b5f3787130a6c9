"""`miernik backup`: all schemas at one moment, in one file that `miernik restore` and `pg_restore` read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from miernik_local.administered_database import AdministeredDatabase, read_positions
from miernik_local.postgres_programs import run_client_program
from miernik_local.provision import SERVICES


@dataclass(frozen=True)
class Backup:
    """A written backup: its size in bytes, its moment, and the last position of each service at that moment."""

    file: Path
    size: int
    moment: datetime
    positions: dict[str, int]


def write_backup(database: AdministeredDatabase, file: Path) -> Backup:
    """Write the schemas of all services to `file`, readable by its owner alone; services may go on writing.

    One transaction's snapshot serves the dump and the positions, so that no service is ahead of another one that
    follows it. The file appears when it is complete. Raises FileExistsError, PostgresFailed, psycopg.Error, OSError.
    """
    if file.exists():
        raise FileExistsError(f"{file} exists already; a backup never replaces another file")
    draft = file.with_name(file.name + ".part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        moment, positions = _dump(database, draft)
        run_client_program("pg_restore", ["--list", str(draft)])
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return Backup(file, file.stat().st_size, moment, positions)


def _dump(database: AdministeredDatabase, draft: Path) -> tuple[datetime, dict[str, int]]:
    with psycopg.connect(database.url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        moment, snapshot = connection.execute("select now(), pg_export_snapshot()").fetchall()[0]
        positions = read_positions(connection)
        schemas = [option for service in SERVICES for option in ("--schema", service)]
        arguments = ["--format", "custom", "--snapshot", snapshot, "--file", str(draft), *schemas]
        run_client_program("pg_dump", arguments, database.url)
    return moment, positions
