"""All dashboards by key. A new one is a module of its own and a line here."""

from miernik_gateway.dashboards.calls import CALLS
from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.contracting import CONTRACTING
from miernik_gateway.dashboards.indicators import INDICATORS
from miernik_gateway.dashboards.overview import OVERVIEW
from miernik_gateway.dashboards.pipeline import PIPELINE

DASHBOARDS: dict[str, Dashboard] = {one.key: one for one in (PIPELINE, CONTRACTING, INDICATORS, CALLS, OVERVIEW)}
DASHBOARD_PATHS: dict[str, Dashboard] = {f"/v1/dashboards/{key}": one for key, one in DASHBOARDS.items()}
