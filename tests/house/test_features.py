"""Completeness of a feature: every file that a new entity, scope or report must be entered in names it.

`docs/howto/add-a-feature.md` lists those files; each assertion here names the one that was forgotten.
"""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from tests.house.openapi_documents import document
from tests.house.test_sources import ROOT, tracked

from miernik_gateway.clients.scopes import SCOPES
from miernik_gateway.proxy.routing import service_of_path
from miernik_shared.web.endpoint_declarations import SCOPE

OWNERS = ("calls", "contracts", "indicators")
PARTS = (*OWNERS, "gateway")
# Only other parts of Miernik and operators ask for these: the gateway routes to none of them.
INTERNAL_PATHS = re.compile(r"/health|/v1/events|/v1/reports/[a-z-]+/bounds")


def package_of(part: str) -> Path:
    return ROOT / f"services/{part}/miernik_{part}"


def features_of(part: str) -> list[str]:
    """Feature folders: packages directly below the package of a part."""
    return sorted(file.parent.name for file in package_of(part).glob("*/__init__.py"))


def modules_named(part: str, pattern: str) -> Iterator[str]:
    for file in tracked(f"services/{part}/miernik_{part}/*/{pattern}"):
        yield ".".join(file.relative_to(ROOT / f"services/{part}").with_suffix("").parts)


def layer_contracts() -> list[dict[str, Any]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [one for one in config["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]


def ordered_features(part: str) -> set[str]:
    """Features that the layers contract of a part puts in order."""
    container = f"miernik_{part}"
    layers = [layer for one in layer_contracts() if container in one.get("containers", []) for layer in one["layers"]]
    return {name.strip(" ()") for layer in layers for name in re.split(r"[|:]", layer)}


@pytest.mark.parametrize("part", PARTS)
def test_a_feature_outside_the_order_of_imports_is_named(part: str) -> None:
    missing = set(features_of(part)) - ordered_features(part) - {"messages"}

    assert missing == set(), f"pyproject.toml: no layers contract of miernik_{part} names these features"


@pytest.mark.parametrize("part", OWNERS)
def test_a_router_that_the_application_leaves_out_is_named(part: str) -> None:
    served = set(document(part)["paths"])
    forgotten = {
        f"{module}: {route.path}"
        for module in modules_named(part, "*routes.py")
        for router in vars(importlib.import_module(module)).values()
        if isinstance(router, APIRouter)
        for route in router.routes
        if hasattr(route, "path") and re.sub(r":\w+}", "}", route.path) not in served
    }

    assert forgotten == set(), f"services/{part}/miernik_{part}/app.py includes no router with these paths"


@pytest.mark.parametrize("part", PARTS)
def test_models_outside_the_metadata_of_migrations_are_named(part: str) -> None:
    listed = (package_of(part) / "models.py").read_text(encoding="utf-8")
    features = {module.split(".")[1] for module in modules_named(part, "models.py")}
    missing = {feature for feature in features if f"miernik_{part}.{feature} import models" not in listed}

    assert missing == set(), f"services/{part}/miernik_{part}/models.py imports no models of these features"


@pytest.mark.parametrize("part", OWNERS)
def test_a_scope_that_nobody_can_be_given_is_named(part: str) -> None:
    scopes = {
        operation[SCOPE]
        for path in document(part)["paths"].values()
        for operation in path.values()
        if SCOPE in operation
    }
    granted = importlib.import_module(f"miernik_{part}.app").CLIENT_SCOPES

    assert scopes - set(SCOPES) == set(), "services/gateway/miernik_gateway/clients/scopes.py lacks these scopes"
    assert scopes - granted == set(), f"CLIENT_SCOPES in services/{part}/miernik_{part}/app.py lacks these scopes"


@pytest.mark.parametrize("part", OWNERS)
def test_a_path_that_the_gateway_does_not_route_is_named(part: str) -> None:
    paths = [path for path in document(part)["paths"] if not INTERNAL_PATHS.fullmatch(path)]
    unrouted = [path for path in paths if service_of_path(path) != part]

    assert unrouted == [], "services/gateway/miernik_gateway/proxy/routing.py routes none of these"


def test_features_are_found_where_they_are() -> None:
    assert {"programme", "organisations"} <= set(features_of("calls"))
    assert "miernik_calls.programme.models" in set(modules_named("calls", "models.py"))
