"""The scopes that the gateway hands out are those that the services really ask for, no more and no fewer."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from tests.house.openapi_documents import SERVICES, document

from miernik_gateway.clients.scopes import SCOPES, explain_unknown_scopes
from miernik_gateway.proxy.routing import service_of_path
from miernik_local.demo_clients import ANALYST_SCOPES, GMINA_SCOPES, INTEGRATOR_SCOPES, OFFICER_SCOPES
from miernik_shared.web.endpoint_declarations import SCOPE

BEHIND = tuple(service for service in SERVICES if service != "gateway")


def asked_for(service: str) -> set[str]:
    """Scopes of the operations that a client reaches: the gateway's own, and what it routes to the service."""
    paths: dict[str, dict[str, Any]] = document(service)["paths"]
    public = {path: one for path, one in paths.items() if service == "gateway" or service_of_path(path) == service}
    return {operation[SCOPE] for one in public.values() for operation in one.values() if SCOPE in operation}


def test_every_scope_opens_something_and_everything_has_its_scope() -> None:
    assert set(SCOPES) == {scope for service in SERVICES for scope in asked_for(service)}
    assert list(SCOPES) == sorted(SCOPES)


@pytest.mark.parametrize("service", BEHIND)
def test_a_service_takes_from_the_gateway_what_its_operations_ask_for(service: str) -> None:
    taken = importlib.import_module(f"miernik_{service}.app").CLIENT_SCOPES

    assert taken == asked_for(service) | {"feed:read"}
    assert taken <= set(SCOPES)


@pytest.mark.parametrize("scopes", [OFFICER_SCOPES, ANALYST_SCOPES, INTEGRATOR_SCOPES, GMINA_SCOPES])
def test_the_demo_asks_for_scopes_that_there_are(scopes: str) -> None:
    assert explain_unknown_scopes(scopes) is None


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("application:read", "applications:read"),
        ("reports:raed", "reports:read"),
        ("Reports:read", "reports:read"),
        ("dashboard", "dashboards:read"),
        ("feeds:read", "feed:read"),
    ],
)
def test_a_misspelt_scope_is_refused_with_the_nearest_one(wrong: str, meant: str) -> None:
    refusal = explain_unknown_scopes(["units:write", wrong])

    assert refusal is not None
    assert refusal.startswith(f"not a scope: {wrong} (did you mean {meant}?). Scopes are: agreements:read, ")
    assert all(scope in refusal for scope in SCOPES)


def test_unknown_scope_unlike_any_other_is_refused_without_a_suggestion() -> None:
    assert explain_unknown_scopes(["everything"]) == f"not a scope: everything. Scopes are: {', '.join(SCOPES)}"
