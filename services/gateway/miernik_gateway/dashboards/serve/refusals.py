"""Rewriting of a service's problem response so that it refers to the dashboard's own path and filters."""

from typing import Any

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard, Section
from miernik_gateway.dashboards.fetch.refusal import ReportRefused

_QUERY = "/query/"


def rewrite_refusal(dashboard: Dashboard, section: Section[Any], refusal: ReportRefused) -> ReportRefused:
    """Replace the path and the parameters of the report by those of the dashboard.

    A response that is not a problem detail stays as it is.
    """
    problem = refusal.problem()
    if problem is None:
        return refusal
    problem.instance = f"/v1/dashboards/{dashboard.key}"
    for field in problem.errors:
        if field.pointer.startswith(_QUERY):
            name = field.pointer.removeprefix(_QUERY)
            field.pointer = f"{_QUERY}{section.filter_of(name)}"
            problem.allowed_values = "/v1/dashboards"
    refusal.content = problem.model_dump_json(exclude_unset=True).encode()
    return refusal
