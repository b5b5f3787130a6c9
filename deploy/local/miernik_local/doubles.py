"""`miernik doubles`: entities whose identifier is another spelling of that of an older one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from miernik_local.audit import open_databases
from miernik_local.processes import run_operation


def list_doubles(directory: Path | None = None) -> Iterator[list[str]]:
    """Yield the lines of each service, of which the last one counts. Raises NoDatabases and OperationFailed."""
    with open_databases(directory) as addresses:
        for service, url in addresses.items():
            yield run_operation(service, ["list-doubles"], {"MIERNIK_DATABASE_URL": url}).strip().splitlines()
