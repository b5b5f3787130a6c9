"""Dashboards of a key of some units: what the report withholds is withheld, with words, in each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.gateway import REGION_KEY, SCOPES, UNIT_KEY, client_of, gateway_in_front_of
from tests.support.services.indicators_service import IndicatorsService, running_indicators, sheet
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_gateway.app import GatewayApplication
from miernik_gateway.clients.keys import digest_key
from miernik_gateway.clients.queries import FoundKey
from miernik_local.provision import DatabaseUrls
from miernik_shared.service_tokens import Caller

DAY = {"as_of": "2011-06-30"}
REASON = {
    "pl": "nie pokazano: z tej sumy można by odczytać dane jednej jednostki",
    "en": "not shown: the data of a single unit could be read from this total",
}


@pytest.fixture(scope="module")
async def gateway(module_database: DatabaseUrls) -> AsyncIterator[GatewayApplication]:
    """A gateway before two gminy of one powiat and one of another, with a key for the first."""
    async with running_indicators(module_database) as service:
        own = await add_region(service)
        callers = {
            REGION_KEY: Caller("gateway", "region-client", SCOPES, region=True),
            UNIT_KEY: Caller("gateway", "unit-client", SCOPES, units=(own,)),
        }
        found = {digest_key(key): FoundKey(caller, None) for key, caller in callers.items()}

        async def find_key(digest: bytes) -> FoundKey | None:
            return found.get(digest)

        keys: dict[str, Any] = {"signing_key": private_key("gateway"), "trusted_keys": TRUSTED_KEYS}
        yield gateway_in_front_of(RenamedAnswers(service.app, {}), find_key, **keys)


async def add_region(service: IndicatorsService) -> str:
    await service.import_register()
    own = await service.add_unit("040201")
    for code in ("040202", "040802"):
        await service.add_unit(code)
    await service.add_unit("04", "ROPS")
    await service.add_indicator("7.1-1")
    await service.set_target("7.1-1", "original", "100")
    await service.add_form(["7.1-1"])
    await service.open_periods("2011-H1")
    rows = ("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040802;7.1-1;;40")
    ok(await service.send(sheet(*rows), unit="ROPS-04"))
    return own["id"]


async def read_section(
    app: GatewayApplication, key: str, dashboard: str, language: str = "pl", **query: str
) -> dict[str, Any]:
    async with client_of(app, key) as client:
        headers = {"Accept-Language": language}
        body = ok(await client.get(f"/v1/dashboards/{dashboard}", params={**DAY, **query}, headers=headers))
    return next(one for one in body["sections"] if one["key"] == "indicators")


def first_cells(section: dict[str, Any]) -> dict[str, Any]:
    return section["groups"][0]["rows"][0]["cells"]


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize(
    ("dashboard", "query"),
    [
        ("indicators", {"territory": "0402"}),
        ("indicators", {"territory": "0408", "measure": "7.1"}),
        ("overview", {"office": "0402"}),
        ("overview", {"office": "0408"}),
    ],
)
async def test_sum_that_reveals_one_unit_is_withheld_with_words(
    gateway: GatewayApplication, dashboard: str, query: dict[str, str], language: str
) -> None:
    officers = first_cells(await read_section(gateway, REGION_KEY, dashboard, language, **query))
    section = await read_section(gateway, UNIT_KEY, dashboard, language, **query)
    cells = first_cells(section)

    for name in ("achieved", "percentage"):
        assert (officers[name]["status"], officers[name]["value"] is None) == ("ok", False)
        assert (cells[name]["value"], cells[name]["status"]) == (None, "withheld")
        assert cells[name]["display"] == {"pl": "nie pokazano", "en": "not shown"}[language]
        assert cells[name]["notes"] == [REASON[language]]
    assert "base" not in cells["percentage"]
    assert len(section["notes"]) == 2


@pytest.mark.parametrize(
    ("dashboard", "query", "value"),
    [
        ("indicators", {"territory": "040201"}, "10.000000"),
        ("indicators", {}, "70.000000"),
        ("overview", {}, "70.000000"),
    ],
)
async def test_own_figure_and_sum_of_many_are_shown(
    gateway: GatewayApplication, dashboard: str, query: dict[str, str], value: str
) -> None:
    section = await read_section(gateway, UNIT_KEY, dashboard, **query)

    assert (first_cells(section)["achieved"]["value"], len(section["notes"])) == (value, 1)


async def test_neighbours_gmina_is_refused_in_both_dashboards(gateway: GatewayApplication) -> None:
    async with client_of(gateway, UNIT_KEY) as client:
        refused = await client.get("/v1/dashboards/indicators", params={**DAY, "territory": "040202"})
    section = await read_section(gateway, UNIT_KEY, "overview", office="040202")

    assert_problem(refused, 403, "territory_not_yours")
    assert (section["status"], section["groups"]) == ("missing", [])
