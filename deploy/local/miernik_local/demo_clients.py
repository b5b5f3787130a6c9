"""Clients of the demo, and their creation by a command of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from miernik_local.demo_databases import demo_databases
from miernik_local.processes import run_operation

OFFICER_SCOPES = (
    "register:write", "units:write", "definitions:write", "forms:write", "submissions:write", "programme:write",
    "organisations:write", "calls:write", "applications:write", "applications:read", "rates:write",
    "allocations:write", "agreements:write", "agreements:read", "reports:read", "dashboards:read", "feed:read",
)  # fmt: skip
ANALYST_SCOPES = ("reports:read", "dashboards:read", "feed:read", "applications:read", "agreements:read")
INTEGRATOR_SCOPES = (
    "organisations:write", "applications:write", "applications:read", "agreements:read", "reports:read",
    "dashboards:read", "feed:read",
)  # fmt: skip
GMINA_SCOPES = ("submissions:write", "reports:read", "dashboards:read")


def create_client(environment: Mapping[str, str], name: str, scopes: Sequence[str], units: Sequence[str] = ()) -> str:
    """Create a client and return its key as JSON. Without units it has access to the region. Raises OperationFailed."""
    arguments = ["create-client", "--name", name]
    arguments += [word for unit in units for word in ("--unit", unit)] or ["--region"]
    arguments += [word for scope in scopes for word in ("--scope", scope)]
    return run_operation("gateway", arguments, environment)


def add_demo_client(directory: Path, name: str, scopes: Sequence[str], units: Sequence[str]) -> str:
    """Create another client of the demo, by default with an officer's scopes. Raises NoDatabases as well."""
    with demo_databases(directory) as addresses:
        environment = {"MIERNIK_DATABASE_URL": addresses["gateway"]}
        return create_client(environment, name, scopes or OFFICER_SCOPES, units)
