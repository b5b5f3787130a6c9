"""`miernik audit verify`: verification of each service's chain of changes."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from miernik_local.demo_databases import demo_databases
from miernik_local.demo_state import DEMO_DIRECTORY
from miernik_local.processes import OperationFailed, run_operation
from miernik_local.provision import SERVICES


@dataclass(frozen=True)
class Verdict:
    """Result of verifying the chain of one service, and the line to print for it."""

    whole: bool
    said: str


def verify_audit(directory: Path | None = None) -> Iterator[Verdict]:
    """Verify the services one by one, yielding each verdict at once. Raises NoDatabases.

    Those of the demo in a directory or, without one, of the installation that the environment names, else of the demo.
    """
    with open_databases(directory) as addresses:
        for service, url in addresses.items():
            yield _verify(service, url)


def _verify(service: str, url: str) -> Verdict:
    try:
        output = run_operation(service, ["verify-audit"], {"MIERNIK_DATABASE_URL": url})
    except OperationFailed as error:
        # Either the service's own verdict, which names it, or why there is none.
        last = _last_line(str(error))
        return Verdict(whole=False, said=last if last.startswith(service) else f"{service}: not verified, {last}")
    return Verdict(whole=True, said=_last_line(output))


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


@contextmanager
def open_databases(directory: Path | None) -> Generator[Mapping[str, str]]:
    """Addresses by service: MIERNIK_<SERVICE>_DATABASE_URL where any is given and no directory, else the demo's."""
    given = {service: os.environ.get(f"MIERNIK_{service.upper()}_DATABASE_URL", "") for service in SERVICES}
    if directory is None and any(given.values()):
        yield {service: url for service, url in given.items() if url}
    else:
        with demo_databases(directory or DEMO_DIRECTORY) as addresses:
            yield addresses
