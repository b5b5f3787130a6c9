"""Which service answers for which resource: by the beginning of a path after ``/v1/``."""

RESOURCES: dict[str, str] = {
    "programme-nodes": "calls",
    "organisations": "calls",
    "calls": "calls",
    "applications": "calls",
    "application-imports": "calls",
    "reports/pipeline": "calls",
    "reports/calls": "calls",
    "exchange-rates": "contracts",
    "exchange-rate-imports": "contracts",
    "allocations": "contracts",
    "agreements": "contracts",
    "recommended-applications": "contracts",
    "overcontracting-decisions": "contracts",
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
    "reports/indicators": "indicators",
}


def service_of_path(path: str) -> str | None:
    """The service of a path, as its own document writes it; None for what only parts of Miernik ask for."""
    return next((service for resource, service in RESOURCES.items() if _below(path, f"/v1/{resource}")), None)


def _below(path: str, beginning: str) -> bool:
    return path == beginning or path.startswith(f"{beginning}/")
