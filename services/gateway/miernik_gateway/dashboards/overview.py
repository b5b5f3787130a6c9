"""Dashboard of a whole presentation: applications, financial progress, indicators and calls.

Each section is that of its own dashboard. A presentation mixes days (that of September 2011 shows money of August,
indicators of the half-year and calls of its own day), so the sections can be of different ones.
"""

from dataclasses import replace
from typing import Any

from miernik_gateway.dashboards.calls import CALLS
from miernik_gateway.dashboards.catalogue.bilingual import Bilingual
from miernik_gateway.dashboards.catalogue.dashboard import Dashboard, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, KNOWN_AT, MEASURE, OFFICE, YEAR, Filter
from miernik_gateway.dashboards.contracting import CONTRACTING, RATE_ON, RATE_SOURCE
from miernik_gateway.dashboards.indicators import INDICATORS
from miernik_gateway.dashboards.pipeline import PIPELINE

_INDICATORS_AS_OF = Filter(
    "indicators_as_of",
    Bilingual("Wskaźniki na dzień", "Indicators as of"),
    Bilingual(
        "Dzień, na który pokazane są wskaźniki; domyślnie ten sam co as_of",
        "The day that the indicators are of; by default that of as_of",
    ),
    others_allowed=True,
    same_as=AS_OF.name,
)
_CALLS_AS_OF = Filter(
    "calls_as_of",
    Bilingual("Konkursy na dzień", "Calls as of"),
    Bilingual(
        "Dzień, na który pokazane są konkursy; domyślnie ten sam co as_of",
        "The day that the calls are of; by default that of as_of",
    ),
    others_allowed=True,
    same_as=AS_OF.name,
)


def _section_of(dashboard: Dashboard, **filters: str) -> Section[Any]:
    """Section of a dashboard; ``filters`` maps parameters to filters with another name."""
    (section,) = dashboard.sections
    own = {one.name: one.name for one in dashboard.filters}
    return replace(section, parameters=own | filters)


OVERVIEW = Dashboard(
    key="overview",
    title=Bilingual("Stan wdrażania", "State of implementation"),
    filters=(AS_OF, _INDICATORS_AS_OF, _CALLS_AS_OF, KNOWN_AT, OFFICE, MEASURE, YEAR, RATE_SOURCE, RATE_ON),
    sections=(
        _section_of(PIPELINE),
        _section_of(CONTRACTING),
        _section_of(INDICATORS, as_of=_INDICATORS_AS_OF.name, territory=OFFICE.name),
        _section_of(CALLS, as_of=_CALLS_AS_OF.name),
    ),
)
