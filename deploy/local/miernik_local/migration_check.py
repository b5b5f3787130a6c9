"""`miernik check-migrations`: comparison of the models with the migrations of an empty database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from miernik_local.postgres import Cluster
from miernik_local.processes import migrate, run_operation
from miernik_local.provision import SERVICES, new_role_passwords, provision


def check_migrations() -> Iterator[str]:
    """Yield the name of each service that passes. Raises OperationFailed at the first that fails."""
    with tempfile.TemporaryDirectory(prefix="miernik-") as directory, Cluster(Path(directory), {"fsync": "off"}) as db:
        urls = provision(db.url(), new_role_passwords())
        for service in SERVICES:
            migrate(service, urls.owner[service])
            address = {"MIERNIK_MIGRATION_DATABASE_URL": urls.owner[service]}
            run_operation(service, ["check-migrations"], address)
            yield service
