"""Load of the sample installation through the public API, with an officer's key and the gateway's address only.

Every request can be repeated, so an interrupted load resumes where it stopped.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from rich.progress import Progress

from miernik_local.demo_region import figures
from miernik_local.demo_region.load_applications import ApplicationLoader
from miernik_local.demo_region.load_indicators import IndicatorLoader
from miernik_local.demo_region.load_money import MoneyLoader
from miernik_local.demo_region.load_programme import ProgrammeLoader
from miernik_local.demo_region.sender import Sender

SAMPLE_GMINA = "040403"


@dataclass(frozen=True, slots=True)
class LoadedRegion:
    """Data for the greeting: a gmina's unit and a return to try out."""

    gmina_unit_id: str
    sample_curl_query: str
    sample_curl_body: str


def load_region(gateway_url: str, officer_key: str, progress: Progress) -> LoadedRegion:
    """Load everything: indicators, applications, agreements. Raises LoadFailed."""
    headers = {"Authorization": f"Bearer {officer_key}", "Accept-Language": "en"}
    with httpx.Client(base_url=gateway_url, headers=headers, timeout=60, trust_env=False) as client:
        sender = Sender(client)
        units = _load_indicators(IndicatorLoader(sender), progress)
        programme = ProgrammeLoader(sender)
        nodes = programme.nodes()
        programme.organisations(progress)
        applications = ApplicationLoader(sender)
        applications.calls()
        accepted = applications.applications(progress)
        money = MoneyLoader(sender, nodes)
        money.allocations()
        money.agreements(accepted, progress)
    query = urlencode({"form": "SP-7.1", "unit": f"OPS-{SAMPLE_GMINA}", "period": figures.OPEN_PERIOD})
    body = "indicator;breakdown;value\n7.1-1;;24\n7.1-1;rural;25\n7.1-2;;11.716\n"
    return LoadedRegion(units[SAMPLE_GMINA], query, body)


def _load_indicators(loader: IndicatorLoader, progress: Progress) -> dict[str, str]:
    loader.register()
    units = loader.units(progress)
    loader.definitions()
    loader.returns(progress)
    return units
