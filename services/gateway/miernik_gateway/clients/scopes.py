"""Scopes that a client may be granted, with a description of each.

The services require scopes, and the gateway, which grants them, imports no service. A contract test compares this list
with the scopes that the services' OpenAPI documents require.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

SCOPES: Mapping[str, str] = {
    "agreements:read": "agreements with their beneficiaries",
    "agreements:write": "sign, amend, terminate and annul agreements",
    "allocations:write": "allocations and decisions on over-contracting",
    "applications:read": "applications and organisations, by name",
    "applications:write": "applications, one by one or as lists, and their annulment",
    "calls:write": "calls for proposals",
    "dashboards:read": "dashboards",
    "definitions:write": "indicators and their targets",
    "feed:read": "the feeds of changes",
    "forms:write": "reporting forms and their periods",
    "organisations:write": "organisations",
    "programme:write": "the programme tree",
    "rates:write": "exchange rates",
    "register:write": "the territorial register",
    "reports:read": "reports and everything that names no applicant",
    "submissions:write": "returns of reporting units",
    "units:write": "reporting units",
}


def explain_unknown_scopes(scopes: Sequence[str]) -> str | None:
    """Explain which of ``scopes`` do not exist, with the nearest existing one. None if all exist."""
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if not wrong:
        return None
    return f"not a scope: {', '.join(map(_suggest_scope, wrong))}. Scopes are: {', '.join(SCOPES)}"


def _suggest_scope(scope: str) -> str:
    nearest = get_close_matches(scope, SCOPES, n=1)
    return f"{scope} (did you mean {nearest[0]}?)" if nearest else scope
