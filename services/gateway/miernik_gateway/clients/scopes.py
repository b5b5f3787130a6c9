"""The scopes that a client may have, and what each opens.

The services ask for them and the gateway, which hands them out, imports no service; a contract test holds this list to
what is really asked for.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

SCOPES: Mapping[str, str] = {
    "agreements:read": "agreements with their beneficiaries",
    "agreements:write": "sign, amend, terminate and annul agreements",
    "allocations:write": "allocations and decisions on over-contracting",
    "applications:read": "applications and organisations, by name",
    "applications:write": "applications, one by one or as lists",
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


def refusal_of(scopes: Sequence[str]) -> str | None:
    """Why not all of these are scopes, with what was probably meant; ``None`` where they all are."""
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if not wrong:
        return None
    return f"not a scope: {', '.join(map(_with_nearest, wrong))}. Scopes are: {', '.join(SCOPES)}"


def _with_nearest(scope: str) -> str:
    nearest = get_close_matches(scope, SCOPES, n=1)
    return f"{scope} (did you mean {nearest[0]}?)" if nearest else scope
