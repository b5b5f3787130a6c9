"""Routing table: the service that owns each resource, by path prefix after ``/v1/``."""

RESOURCES: dict[str, str] = {
    "programme-nodes": "calls",
    "organisations": "calls",
    "calls": "calls",
    "applications": "calls",
    "application-imports": "calls",
    "confirmations/calls": "calls",
    "reports/pipeline": "calls",
    "reports/calls": "calls",
    "exchange-rates": "contracts",
    "exchange-rate-imports": "contracts",
    "allocations": "contracts",
    "agreements": "contracts",
    "recommended-applications": "contracts",
    "overcontracting-decisions": "contracts",
    "confirmations/contracts": "contracts",
    "reports/contracting": "contracts",
    "reports/reconciliation": "contracts",
    "territories": "indicators",
    "territory-imports": "indicators",
    "reporting-units": "indicators",
    "indicators": "indicators",
    "breakdowns": "indicators",
    "forms": "indicators",
    "submissions": "indicators",
    "observations": "indicators",
    "confirmations/indicators": "indicators",
    "reports/indicators": "indicators",
}


def service_of_path(path: str) -> str | None:
    """Return the service that owns a path of its OpenAPI document. None for a path internal to Miernik."""
    return next((service for resource, service in RESOURCES.items() if _is_below(path, f"/v1/{resource}")), None)


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
