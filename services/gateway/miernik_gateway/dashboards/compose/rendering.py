"""JSON of a dashboard."""

from miernik_gateway.dashboards.compose.body import DashboardBody


def render_json(body: DashboardBody) -> bytes:
    """Render as UTF-8 JSON. Equal bodies give equal bytes; members that were not set are omitted."""
    return body.model_dump_json(exclude_unset=True).encode()
