"""A dashboard is kept until something that it is made of changes, so it must know of all that its report reads."""

from __future__ import annotations

from typing import Any

import pytest
from tests.house.openapi_documents import document

from miernik_gateway.dashboards.catalogue.description import Dashboard, Section
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_shared.web.endpoint_declarations import FAMILIES

SECTIONS = [(dashboard, section) for dashboard in DASHBOARDS.values() for section in dashboard.sections]


def unnamed(section: Section, api: dict[str, Any]) -> set[str]:
    """Families that the report declares and the description of the dashboard leaves out."""
    declared = api["paths"][section.report]["get"].get(FAMILIES, [])
    assert declared, f"{section.report} declares no families"
    return set(declared) - set(section.families)


@pytest.mark.parametrize(("dashboard", "section"), SECTIONS, ids=lambda one: one.key)
def test_a_dashboard_watches_every_family_that_its_report_reads(dashboard: Dashboard, section: Section) -> None:
    assert unnamed(section, document(section.service)) == set(), dashboard.key


def test_a_family_that_is_left_out_is_found() -> None:
    section = DASHBOARDS["indicators"].sections[0]
    declared = {FAMILIES: [*section.families, "contests"]}
    assert unnamed(section, {"paths": {section.report: {"get": declared}}}) == {"contests"}
    with pytest.raises(AssertionError, match="declares no families"):
        unnamed(section, {"paths": {section.report: {"get": {}}}})
