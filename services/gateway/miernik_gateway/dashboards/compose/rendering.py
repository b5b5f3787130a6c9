"""Dashboards as JSON."""

from miernik_gateway.dashboards.compose.body import DashboardBody


def render_json(body: DashboardBody) -> bytes:
    """UTF-8 JSON. Equal bodies give equal bytes; members that say nothing about a thing are left out."""
    return body.model_dump_json(exclude_unset=True).encode()
