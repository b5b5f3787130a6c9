"""The gateway in front of the real service: what is sent through it is in the next dashboard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer
from tests.support.regions.sample_region import running_sample
from tests.support.services.asgi_server import served
from tests.support.services.gateway import DASHBOARD, REGION_KEY, UNIT_KEY, achieved, first_cells, gateway, settings
from tests.support.services.indicators_service import CSV, IndicatorsService, csv
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_gateway.app import GatewayApplication
from miernik_local.provision import DatabaseUrls

DAY = {"as_of": "2011-06-30"}
RETURN = {"form": "SP7", "unit": "OPS-040201", "period": "2011-H1"}


@dataclass
class Region:
    """The service, a gateway in front of it and a client of the gateway who may do everything."""

    service: IndicatorsService
    app: GatewayApplication
    client: httpx.AsyncClient

    async def send(self, value: int, version: int) -> httpx.Response:
        headers = {**CSV, **({"If-Match": f'"v{version}"'} if version else {})}
        content = csv(f"7.1-1;;{value}")
        return await self.client.post("/v1/submissions", params=RETURN, content=content, headers=headers)

    async def read_dashboard(self, **query: str) -> httpx.Response:
        answer = await self.client.get(DASHBOARD, params={**DAY, **query})
        assert answer.status_code == 200, answer.text
        assert "miernik-degraded" not in answer.headers
        return answer


@pytest.fixture
async def region(postgres_server: PostgresServer, sample_region_database: DatabaseUrls) -> AsyncIterator[Region]:
    async with running_sample(postgres_server, sample_region_database) as service:
        configured = settings(
            database_url=service.urls.app["gateway"], signing_key=private_key("gateway"), trusted_keys=TRUSTED_KEYS
        )
        app = gateway(configured, transports={"indicators": httpx.ASGITransport(service.app)})
        headers = {"Authorization": f"Bearer {REGION_KEY}"}
        async with (
            served(app, lifespan="on") as address,
            httpx.AsyncClient(base_url=address, headers=headers) as client,
        ):
            yield Region(service, app, client)


async def test_a_return_is_in_the_next_dashboard_every_time(region: Region) -> None:
    for version in range(30):
        stored = await region.send(version, version)
        assert stored.status_code == 201, stored.text
        for _ in range(2):
            assert achieved(await region.read_dashboard()) == f"{version}.000000"


async def test_readers_never_see_less_than_what_was_acknowledged(region: Region) -> None:
    acknowledged, done = -1, False
    reads = 0

    async def reader() -> None:
        nonlocal reads
        while not done:
            least = acknowledged
            value = achieved(await region.read_dashboard())
            assert float(value or -1) >= least
            reads += 1

    readers = [asyncio.create_task(reader()) for _ in range(8)]
    for version in range(40):
        ok(await region.send(version, version))
        acknowledged = version
    done = True
    await asyncio.gather(*readers)

    assert reads > 40


async def test_a_change_past_the_gateway_arrives_by_the_feed(region: Region) -> None:
    await region.read_dashboard()
    answer = await region.service.officer.post(
        "/v1/indicators/7.1-1/targets", json={"status": "original", "value": "40", "effective_on": "2007-01-01"}
    )
    seen = {"Miernik-Position": answer.headers["miernik-position"]}
    read = await region.client.get(DASHBOARD, params=DAY, headers=seen)

    assert first_cells(read.json())["original_target"]["display"] == "40"


async def test_what_was_known_then_is_shown_again_to_the_byte(region: Region) -> None:
    ok(await region.send(1, 0))
    (instant,) = region.service.query("select clock_timestamp()")[0]
    past = {"known_at": instant.isoformat()}
    first = await region.read_dashboard(**past)
    ok(await region.send(2, 1))
    second = await region.service.officer.get("/v1/reports/indicators", params={**DAY, **past})

    assert achieved(first) == second.json()["rows"][0]["achieved"] == "1.000000"
    assert first.json()["positions"] == {"indicators": second.json()["position"]}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"territory": "9999"}, 422),
        ({"as_of": "yesterday"}, 422),
        ({"known_at": "2999-01-01T00:00:00Z"}, 422),
        ({"known_at": "1999-01-01T00:00:00Z"}, 422),
    ],
)
async def test_the_service_judges_the_question(region: Region, query: dict[str, str], status: int) -> None:
    refused = await region.client.get(DASHBOARD, params={**DAY, **query})
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")


async def test_the_proof_of_a_figure_can_be_read_through_the_gateway(region: Region) -> None:
    ok(await region.send(12, 0))
    row = (await region.read_dashboard()).json()["sections"][0]["groups"][0]["rows"][0]
    proof = await region.client.get(row["proof"])

    assert [one["value"] for one in proof.json()["items"]] == ["12.000000"]


async def test_a_unit_sees_neither_the_sum_of_one_other_unit_nor_its_gmina(region: Region) -> None:
    ok(await region.send(12, 0))
    unit = {"Authorization": f"Bearer {UNIT_KEY}"}
    total = await region.client.get(DASHBOARD, params=DAY, headers=unit)
    assert (achieved(total), first_cells(total.json())["achieved"]["status"]) == (None, "withheld")
    assert achieved(await region.read_dashboard()) == "12.000000"
    assert achieved(await region.read_dashboard(territory="040201")) == "12.000000"
    foreign = await region.client.get(DASHBOARD, params={**DAY, "territory": "040201"}, headers=unit)
    assert foreign.status_code == 403
    assert foreign.headers["content-type"] == "application/problem+json"
