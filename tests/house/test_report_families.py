"""A dashboard is kept until something that it is made of changes, so it must know of all that its report reads."""

from __future__ import annotations

from typing import Any

import pytest
from tests.house.openapi_documents import document

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard, Section, Source
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_shared.web.endpoint_declarations import FAMILIES

SECTIONS = [(dashboard, section) for dashboard in DASHBOARDS.values() for section in dashboard.sections]


def undeclared(source: Source[Any], api: dict[str, Any]) -> set[str]:
    """Families that the service declares for the report and the gateway's source of it leaves out."""
    declared = api["paths"][source.path]["get"].get(FAMILIES, [])
    assert declared, f"{source.path} declares no families"
    return set(declared) - set(source.families)


@pytest.mark.parametrize(("dashboard", "section"), SECTIONS, ids=lambda one: one.key)
def test_a_dashboard_watches_every_family_that_its_report_reads(dashboard: Dashboard, section: Section[Any]) -> None:
    assert undeclared(section.source, document(section.source.service)) == set(), dashboard.key


def test_a_family_that_is_left_out_is_found() -> None:
    source = DASHBOARDS["indicators"].sections[0].source
    declared = {FAMILIES: [*source.families, "contests"]}
    assert undeclared(source, {"paths": {source.path: {"get": declared}}}) == {"contests"}
    with pytest.raises(AssertionError, match="declares no families"):
        undeclared(source, {"paths": {source.path: {"get": {}}}})
