"""The gateway's own reading of what contracts really answers: report, bounds, families, positions, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.house.openapi_documents import document
from tests.support.answers import ok
from tests.support.report_models import field_names, unprovided
from tests.support.services.contracts_service import ContractsService, contracts_and_calls
from tests.support.services.gateway import client_of, gateway, set_feeds_connected, settings
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_contracts.app import DEFINITION
from miernik_gateway.app import GatewayApplication
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.positions.topics import raised_topics
from miernik_gateway.proxy.routing import service_of_path
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import EventPage

DASHBOARD = "/v1/dashboards/contracting"
REPORT = "/v1/reports/contracting"
DAY = {"as_of": "2011-08-31"}
NBSP = "\u00a0"
MEMBERS = (
    "as_of", "position", "office", "headings", "rows", "kind", "code", "level", "name", "measure", "agreement_kind",
    "signed", "recommended", "number", "value_pln", "share", "percentage", "contracted_pln", "allocation_eur",
    "allocation_pln", "rate", "source", "effective_on",
)  # fmt: skip
SOURCE = DASHBOARDS["contracting"].sections[0].source


@pytest.fixture(scope="module")
async def contracts(module_database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    """One row of everything that the report may hold: framework and grant agreements, what is recommended."""
    async with contracts_and_calls(module_database) as (service, told):
        await service.add_rate("4.0082", "2011-08-01", source="ec_monthly")
        await service.add_rate("4.0000", "2007-01-01")
        for measure, amount in (("7.1", "1000.00"), ("7.2", "2000.00"), ("7.3", "500.00")):
            await service.grant(told.id_of(measure), amount, rate_source="ec_monthly")
        accepted = told.accepted("WND-1", "7.2.1", "2011-02-01", "600.00")
        told.accepted("WND-2", "7.2.1", "2011-02-01", "300.50")
        await service.wait_until_applied(told)
        early = {"signed_on": "2011-08-15"}
        await service.signed("UR-1", told.id_of("7.1.1"), "1000.10", kind="framework", **early)
        await service.signed("UR-2", told.id_of("7.1.2"), "200.00", kind="framework", **early)
        await service.signed("UDA-1", None, "550.25", application_id=accepted, **early)
        yield service


def gateway_of(service: ContractsService, **names: str) -> GatewayApplication:
    configured = settings(signing_key=private_key("gateway"), trusted_keys=TRUSTED_KEYS)
    app = gateway(configured, transports={"contracts": RenamedAnswers(service.app, names)})
    set_feeds_connected(app, True)
    return app


async def dashboard(app: GatewayApplication, **query: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get(DASHBOARD, params={**DAY, **query})


def display_row(row: dict[str, Any]) -> list[str]:
    return [cell["display"].replace(NBSP, " ") for cell in row["cells"].values()]


def judge(answer: httpx.Response) -> None:
    """Everything that the report says must have found its place in the dashboard."""
    assert answer.status_code == 200, answer.text
    (section,) = answer.json()["sections"]
    assert (section["status"], section["as_of"], section["office"]) == ("ok", DAY["as_of"], "04")
    (table,) = section["groups"]
    assert (table["key"], table["title"]) == ("04", "Priorytet VII Promocja integracji społecznej")
    rows = {row["cells"]["name"]["display"]: row for row in table["rows"]}
    first, second = rows["Poddziałanie 7.1.1 (umowy ramowe)"], rows["Poddziałanie 7.1.2 (umowy ramowe)"]
    assert display_row(first)[1:5] == ["1", "–", "1 000,10 zł", "–"]
    assert first["title"] == "Aktywna integracja przez OPS"
    assert first["cells"]["percentage"]["display"] == "29,94%"
    assert (first["cells"]["percentage"]["row_span"], "percentage" in second["cells"]) == (3, False)
    details = {one["key"]: one["display"].replace(NBSP, " ") for one in first["cells"]["percentage"]["details"]}
    assert details == {"contracted": "1 200,10 zł", "allocation": "1 000 EUR", "allocation_pln": "4 008,20 zł"}
    grant = rows["Poddziałanie 7.2.1"]
    assert display_row(grant)[1:] == ["1", "1", "550,25 zł", "300,50 zł", "10,61%"]
    total = table["rows"][-1]
    assert (total["kind"], display_row(total)[0], display_row(total)[1], display_row(total)[3]) == (
        "total",
        "OGÓŁEM",
        "3",
        "1 750,35 zł",
    )
    (note,) = table["columns"][-1]["notes"]
    assert note == {"text": "Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011 r.", "mark": "*"}


async def test_a_real_report_becomes_a_dashboard_in_which_nothing_is_missing(contracts: ContractsService) -> None:
    answer = await dashboard(gateway_of(contracts))
    judge(answer)
    (head,) = contracts.query("select position from head")[0]

    assert answer.headers["miernik-position"] == f"contracts={head}"


@pytest.mark.parametrize("member", sorted({*MEMBERS, *field_names(SOURCE)}))
async def test_a_renamed_member_of_the_report_is_noticed(contracts: ContractsService, member: str) -> None:
    with pytest.raises((AssertionError, LookupError, TypeError, ValueError)):
        judge(await dashboard(gateway_of(contracts, **{member: f"{member}_renamed"})))


async def test_real_report_validates_with_all_fields_that_are_read(contracts: ContractsService) -> None:
    report = SOURCE.model.model_validate(ok(await contracts.officer.get(REPORT, params=DAY)))
    assert len(report.rows) > 1


def test_every_field_that_is_read_is_promised_by_the_document_of_contracts() -> None:
    assert unprovided(SOURCE, document("contracts")) == []


async def test_the_proof_of_what_is_recommended_opens_through_the_gateway(contracts: ContractsService) -> None:
    (table,) = (await dashboard(gateway_of(contracts))).json()["sections"][0]["groups"]
    cells = {row["cells"]["name"]["display"]: row["cells"] for row in table["rows"]}
    for name in ("Poddziałanie 7.2.1", "OGÓŁEM"):
        for figure in ("recommended_number", "recommended_value"):
            proof = cells[name][figure]["proof"]
            assert service_of_path(proof.partition("?")[0]) == "contracts"
            assert [one["number"] for one in ok(await contracts.officer.get(proof))["items"]] == ["WND-2"]

    assert cells["Poddziałanie 7.1.1 (umowy ramowe)"]["recommended_number"]["proof"] is None
    assert "proof" not in cells["OGÓŁEM"]["signed_number"]


async def test_the_rate_is_the_readers_choice_and_is_named(contracts: ContractsService) -> None:
    answer = await dashboard(gateway_of(contracts), rate_source="programming", rate_on="2011-01-01")
    (table,) = answer.json()["sections"][0]["groups"]
    (note,) = table["columns"][-1]["notes"]

    assert note["text"] == "Dane obliczone po kursie Euro 4,0000 zł przyjętym do programowania"
    assert table["rows"][0]["cells"]["percentage"]["display"] == "30,00%"


async def test_each_office_is_shown_with_its_own_rate_only(database: DatabaseUrls) -> None:
    async with contracts_and_calls(database) as (service, told):
        told.priority_vii("32")
        await service.wait_until_applied(told)
        await service.add_rate("4.0082", "2011-08-01", source="ec_monthly")
        await service.add_rate("3.5500", "2007-01-01")
        await service.grant(told.id_of("7.1"), "1000.00", rate_source="ec_monthly")
        await service.grant(told.id_of("7.1", "32"), "1000.00")
        first = {"04": ["Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011 r."]}
        second = {"32": ["Dane obliczone po kursie Euro 3,5500 zł przyjętym do programowania"]}
        assert await rates_shown(gateway_of(service)) == first | second
        assert await rates_shown(gateway_of(service, offices="offices_renamed")) != first | second


async def test_office_without_allocation_shows_no_rate_of_another_office(database: DatabaseUrls) -> None:
    async with contracts_and_calls(database) as (service, told):
        told.priority_vii("32")
        await service.wait_until_applied(told)
        await service.add_rate("3.5500", "2007-01-01")
        await service.grant(told.id_of("7.1", "32"), "1000.00")
        said = await rates_shown(gateway_of(service))
        assert said == {"04": [], "32": ["Dane obliczone po kursie Euro 3,5500 zł przyjętym do programowania"]}


async def rates_shown(app: GatewayApplication) -> dict[str, list[str]]:
    """Notes on rates in the table of each office."""
    (section,) = (await dashboard(app, office="PL")).json()["sections"]
    return {
        table["key"]: [note["text"] for note in table["columns"][-1].get("notes", [])] for table in section["groups"]
    }


async def test_every_source_of_rates_in_the_list_is_one_that_contracts_takes(contracts: ContractsService) -> None:
    (rate_source,) = (one for one in DASHBOARDS["contracting"].filters if one.name == "rate_source")
    for source in rate_source.values:
        read = await contracts.officer.get(REPORT, params={**DAY, "rate_source": source})
        assert read.is_success or read.json()["code"] == "rate_unknown", read.text


async def test_the_bounds_of_the_report_are_in_the_list(contracts: ContractsService) -> None:
    async with client_of(gateway_of(contracts)) as client:
        listed = {one["key"]: one for one in (await client.get("/v1/dashboards")).json()}
    entry = listed["contracting"]
    assert entry["status"] == "ok"
    assert entry["first_on"] <= "2011-02-01" <= "2011-08-15" <= entry["last_on"]
    values = {one["name"]: one["values"] for one in entry["filters"]}
    assert [one["value"] for one in values["measure"]] == ["7.1", "7.2", "7.3"]
    assert [one["value"] for one in values["office"]] == ["04", "PL"]


@pytest.mark.parametrize("query", [{"office": "4"}, {"as_of": "yesterday"}, {"rate_source": "guess"}])
async def test_a_refusal_of_the_report_is_passed_on_as_it_is(
    contracts: ContractsService, query: dict[str, str]
) -> None:
    answer = await dashboard(gateway_of(contracts), **query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_the_feeds_events_carry_families_that_the_dashboard_watches(contracts: ContractsService) -> None:
    provider = gateway_of(contracts).state.gateway.providers["contracts"]
    page = EventPage.model_validate_json((await provider.get("/v1/events", {"after": "0", "timeout": "0"})).content)
    families = {family for event in page.events for family in event.families}
    assert {"programme", "allocations", "rates", "agreements:04", "recommended:04"} <= families
    raised = {topic for family in families for topic in raised_topics(family)}
    asked = DashboardQuery("contracting", (*DAY.items(), ("office", "04")), "pl", "region")
    watched = {topic for _, topic in watched_by(DASHBOARDS["contracting"], asked)}
    assert {"programme", "allocations", "rates", "agreements:04", "recommended:04"} <= raised & watched


def test_contracts_lets_the_gateway_pass_on_what_its_clients_may() -> None:
    assert {"reports:read", "agreements:write", "allocations:write"} <= DEFINITION.allowed_callers["gateway"]
