"""Make the dump of a version that lands: `python -m tests.support.upgrade.make_dump 2026-11-28`.

Starts the system of this checkout on a database of its own, loads the sample region as the demo does, changes it in two
halves, and writes the dump, the answers of that moment and the OpenAPI documents to `tests/fixtures`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.progress import Progress
from tests.support.released_documents import committed_documents, store_documents
from tests.support.services.running_system import OwnDatabase, RunningSystem, own_database, running_system
from tests.support.upgrade.answers import Reader, Recording
from tests.support.upgrade.audit import audit_verdicts
from tests.support.upgrade.dump import write_dump
from tests.support.upgrade.history import FIRST_HALF, SECOND_HALF, Client
from tests.support.upgrade.questions import record_answers

from miernik_local.demo_clients import GMINA_SCOPES
from miernik_local.demo_region.load import LoadedRegion, load_region
from miernik_local.processes import run_operation

DUMPS = Path(__file__).parents[2] / "fixtures" / "upgrade"
DUMP, ANSWERS = "dump.tar.zst", "answers.json.zst"
_FOLLOWED = """
    select (select position from contracts.follower_cursor where source = 'calls') = (select position from calls.head)
        and (select position from contracts.follower_cursor where source = 'indicators')
            = (select position from indicators.head)
"""
_FOLLOW_SECONDS = 60.0


def make_dump(folder: Path) -> None:
    """Write the dump of today's code and what was recorded from it."""
    folder.mkdir(parents=True, exist_ok=True)
    with own_database() as database, tempfile.TemporaryDirectory() as logs:
        with running_system(database.urls, Path(logs), calls=1, contracts=1, indicators=1, gateway=1) as system:
            keys, moments = _make_history(system, database)
            reader = Reader(system, keys)
            answers = record_answers(reader, moments)
            reader.close()
        Recording(keys, answers, audit_verdicts(database.urls)).write(folder / ANSWERS)
        write_dump(folder / DUMP, database.urls.superuser)


def _make_history(system: RunningSystem, database: OwnDatabase) -> tuple[dict[str, str], list[str]]:
    """Keys of the clients by name, and the moments between the steps."""
    keys = {"officer": system.client_key("officer")}
    with Progress() as progress:
        region = load_region(system.url("gateway"), keys["officer"], progress)
    keys["gmina"] = system.client_key("gmina", *GMINA_SCOPES, unit=region.gmina_unit_id)
    _change_clients(system, region)
    moments = [_moment(database)]
    with system.gateway_client(keys["officer"]) as http:
        client = Client(http)
        _run(FIRST_HALF, client)
        moments.append(_moment(database))
        _run(SECOND_HALF, client)
    _moment(database)
    return keys, moments


def _run(steps: Sequence[Callable[[Client], None]], client: Client) -> None:
    for step in steps:
        step(client)


def _change_clients(system: RunningSystem, region: LoadedRegion) -> None:
    """One more client, with a second key that is revoked."""
    environment = {"MIERNIK_DATABASE_URL": system.urls.app["gateway"]}
    unit = ["--unit", region.gmina_unit_id, "--scope", "reports:read"]
    made = json.loads(run_operation("gateway", ["create-client", "--name", "former", *unit], environment))
    further = json.loads(run_operation("gateway", ["create-key", made["client_id"]], environment))
    run_operation("gateway", ["revoke-key", further["key_id"]], environment)
    run_operation("gateway", ["revoke-client", made["client_id"]], environment)


def _moment(database: OwnDatabase) -> str:
    """The present instant, after every service has read the news of the others."""
    deadline = time.monotonic() + _FOLLOW_SECONDS
    with psycopg.connect(database.urls.superuser, autocommit=True) as connection:
        while connection.execute(_FOLLOWED).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise TimeoutError("contracts does not follow")
            time.sleep(0.1)
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    make_dump(DUMPS / sys.argv[1])
    store_documents(sys.argv[1], committed_documents())
