"""The dashboard of a whole presentation: who applied, what was contracted, what was achieved, which calls ran.

Each part is the section of its own dashboard. A presentation mixes days (that of September 2011 shows money of August,
indicators of the half-year and calls of its own day), so the parts can be asked for as of different ones.
"""

from dataclasses import replace

from miernik_gateway.dashboards.calls import CALLS
from miernik_gateway.dashboards.catalogue.description import Dashboard, Filter, Section, Words
from miernik_gateway.dashboards.catalogue.filters import AS_OF, KNOWN_AT, MEASURE, OFFICE, YEAR
from miernik_gateway.dashboards.contracting import CONTRACTING, RATE_ON, RATE_SOURCE
from miernik_gateway.dashboards.indicators import INDICATORS
from miernik_gateway.dashboards.pipeline import PIPELINE

_INDICATORS_AS_OF = Filter(
    "indicators_as_of",
    Words("Wskaźniki na dzień", "Indicators as of"),
    Words(
        "Dzień, na który pokazane są wskaźniki; domyślnie ten sam co as_of",
        "The day that the indicators are of; by default that of as_of",
    ),
    open=True,
    same_as=AS_OF.name,
)
_CALLS_AS_OF = Filter(
    "calls_as_of",
    Words("Konkursy na dzień", "Calls as of"),
    Words(
        "Dzień, na który pokazane są konkursy; domyślnie ten sam co as_of",
        "The day that the calls are of; by default that of as_of",
    ),
    open=True,
    same_as=AS_OF.name,
)


def _part(dashboard: Dashboard, **taken_from: str) -> Section:
    """A dashboard's section, its report's parameters taken from filters of other names."""
    (section,) = dashboard.sections
    own = {one.name: one.name for one in dashboard.filters}
    return replace(section, parameters=own | taken_from)


OVERVIEW = Dashboard(
    key="overview",
    title=Words("Stan wdrażania", "State of implementation"),
    filters=(AS_OF, _INDICATORS_AS_OF, _CALLS_AS_OF, KNOWN_AT, OFFICE, MEASURE, YEAR, RATE_SOURCE, RATE_ON),
    sections=(
        _part(PIPELINE),
        _part(CONTRACTING),
        _part(INDICATORS, as_of=_INDICATORS_AS_OF.name, territory=OFFICE.name),
        _part(CALLS, as_of=_CALLS_AS_OF.name),
    ),
)
