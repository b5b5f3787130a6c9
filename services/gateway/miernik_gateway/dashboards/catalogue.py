"""All dashboards, by key. A new one is a description and a line here."""

from miernik_gateway.dashboards.description import Dashboard
from miernik_gateway.dashboards.indicators import INDICATORS

DASHBOARDS: dict[str, Dashboard] = {dashboard.key: dashboard for dashboard in (INDICATORS,)}
DASHBOARD_PATHS: dict[str, Dashboard] = {f"/v1/dashboards/{key}": one for key, one in DASHBOARDS.items()}
