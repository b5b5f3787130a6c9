"""The endpoints of indicators as a table, with what is asked of each; below, what belongs to no endpoint of a table."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from types import SimpleNamespace

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.databases.postgres import PostgresServer, copy_of
from tests.support.endpoints.checks import OPERATION, EndpointChecks
from tests.support.endpoints.matrix import Endpoint, EndpointClient, Scene
from tests.support.endpoints.selection import each
from tests.support.regions.sample_region import units_by_code
from tests.support.regions.terc_files import terc_file
from tests.support.services.credentials import token
from tests.support.services.indicators_service import csv, definition, form_body, running_indicators

from miernik_indicators.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls

UNITS, SUBMISSIONS, REPORT = "/v1/reporting-units", "/v1/submissions", "/v1/reports/indicators"
TERRITORIES, IMPORTS = "/v1/territories", "/v1/territory-imports"
INDICATORS, ONE, NONE = "/v1/indicators", "/v1/indicators/7.1-1", "/v1/indicators/7.1-9"
FORMS, FORM, NO_FORM = "/v1/forms", "/v1/forms/SP7", "/v1/forms/SP9"
PERIOD = f"{FORM}/periods/2011-H1"
OBSERVATIONS = "/v1/observations?indicator=7.1-1"
BY_EXTERNAL_ID = "by-external-id/{system}/{value}"
UNIT = {"kind": "PCPR", "territory": "0402", "name": "PCPR"}
TARGET = {"status": "original", "value": "9800", "effective_on": "2007-01-01"}
OPEN = {"opens_on": "2014-07-01", "due_on": "2014-07-31"}
RETURN = f"{SUBMISSIONS}?unit=OPS-040201&period=2011-H1&form="

State = partial(Endpoint, changes=True, tagged=True)
ENDPOINTS = [
    Endpoint("GET /v1/events", "feed:read", path="/v1/events?after=0"),
    Endpoint("GET /v1/confirmations/indicators", lists=(int,), cursors="confirmations"),
    Endpoint(f"POST {IMPORTS}", "register:write", 201, file=terc_file(day="2013-01-01")),
    Endpoint(f"GET {IMPORTS}", lists=(int,)),
    Endpoint(
        f"POST {IMPORTS}/{{import_no}}/annulment", "register:write", 201, {"reason": "Zły plik"},
        path=f"{IMPORTS}/1/annulment", missing=f"{IMPORTS}/99/annulment", texts=("reason",),
    ),
    Endpoint(f"GET {TERRITORIES}", lists=(str, str, str)),
    Endpoint(f"GET {TERRITORIES}/{{code}}", path=f"{TERRITORIES}/0402", missing=f"{TERRITORIES}/0499"),
    Endpoint(f"POST {UNITS}", "units:write", 201, UNIT, texts=("name",), tagged=True),
    Endpoint(f"GET {UNITS}", lists=(str, str)),
    Endpoint(f"GET {UNITS}/{BY_EXTERNAL_ID}", tagged=True),
    State(
        f"PUT {UNITS}/{BY_EXTERNAL_ID}", "units:write", body=UNIT | {"territory": "0408", "name": "Inne"},
        texts=("name",), another={"territory": "0419"},
    ),
    Endpoint(f"GET {UNITS}/{{unit_id}}", tagged=True),
    State(f"PUT {UNITS}/{{unit_id}}", "units:write", body={"name": "MOPS"}, texts=("name",)),
    Endpoint(
        f"POST {INDICATORS}", "definitions:write", 201, definition(code="7.9-1", measure="7.9"),
        texts=("name", "definition", "unit_of_measure"), tagged=True,
    ),
    Endpoint(f"GET {INDICATORS}", lists=(str,)),
    Endpoint(f"GET {INDICATORS}/{{code}}", path=ONE, missing=NONE, tagged=True),
    State(
        f"PUT {INDICATORS}/{{code}}", "definitions:write", body=definition(redefined=False, valid_from="2012-01-01"),
        path=ONE, missing=NONE, texts=("name", "definition", "unit_of_measure"),
    ),
    Endpoint(
        f"POST {INDICATORS}/{{code}}/targets", "definitions:write", 201, TARGET, path=f"{ONE}/targets",
        missing=f"{NONE}/targets",
    ),
    Endpoint(f"POST {FORMS}", "forms:write", 201, form_body(["7.2-1"], code="SP72"), texts=("title",), tagged=True),
    Endpoint(f"GET {FORMS}", lists=(str,)),
    Endpoint(f"GET {FORMS}/{{code}}", path=FORM, missing=NO_FORM, tagged=True),
    State(
        f"PUT {FORMS}/{{code}}", "forms:write", body=form_body(["7.1-1", "7.1-2", "7.1-3"], title="Inny"),
        path=FORM, missing=NO_FORM, texts=("title", "source_note"),
    ),
    Endpoint(f"GET {FORMS}/{{code}}/periods", path=f"{FORM}/periods", missing=f"{NO_FORM}/periods"),
    State(
        f"PUT {FORMS}/{{code}}/periods/{{period}}", "forms:write", body=OPEN, path=f"{FORM}/periods/2011-H1",
        missing=f"{NO_FORM}/periods/2011-H1",
    ),
    Endpoint(
        f"GET {FORMS}/{{code}}/periods/{{period}}/owing-units", path=f"{PERIOD}/owing-units",
        missing=f"{FORM}/periods/2014-H1/owing-units", lists=(str,),
    ),
    Endpoint(
        f"GET {FORMS}/{{code}}/periods/{{period}}/owing-list", path=f"{PERIOD}/owing-list",
        missing=f"{FORM}/periods/2011-H2/owing-list", tagged=True,
    ),
    State(
        f"PUT {FORMS}/{{code}}/periods/{{period}}/owing-list", "forms:write", body={"units": ["OPS-040202"]},
        path=f"{PERIOD}/owing-list", missing=f"{FORM}/periods/2014-H1/owing-list",
    ),
    Endpoint(
        f"POST {SUBMISSIONS}", "submissions:write", 201, file=csv("7.1-1;;5").encode(), path=f"{RETURN}SP7",
        missing=f"{RETURN}SP9", not_there=422, tagged=True,
    ),
    Endpoint(f"GET {SUBMISSIONS}", lists=(int,)),
    Endpoint(f"GET {SUBMISSIONS}/{{submission_id}}", tagged=True),
    Endpoint(f"GET {SUBMISSIONS}/{{submission_id}}/findings", lists=(int,)),
    Endpoint(f"GET {SUBMISSIONS}/{{submission_id}}/file"),
    Endpoint(f"GET {REPORT}/bounds"),
    Endpoint(f"GET {REPORT}", missing=f"{REPORT}?territory=0499", not_there=422),
    Endpoint(
        "GET /v1/observations", path=OBSERVATIONS, missing=f"{OBSERVATIONS}&territory=0499", not_there=422,
        lists=(date, int),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
async def scene(postgres_server: PostgresServer, sample_region_database: DatabaseUrls) -> AsyncIterator[Scene]:
    """The sample region with a submission, a unit known to another system and an indicator on no form."""
    with copy_of(postgres_server, sample_region_database) as urls:
        async with running_indicators(urls) as service:
            unit = (await units_by_code(service))["OPS-040201"]
            submission = ok(await service.send(csv("7.1-1;;5"), period="2010-H1"))
            known = f"{UNITS}/by-external-id/cas/1"
            ok(await service.officer.put(known, json=UNIT | {"territory": "0408"}))
            await service.add_indicator("7.2-1")
            ok(await service.officer.put(f"{PERIOD}/owing-list", json={"units": ["OPS-040201"]}))
        names = {"unit_id": unit["id"], "submission_id": submission["id"], "system": "cas", "value": "1"}
        yield Scene(urls, running_indicators, names)


class TestEndpoints(EndpointChecks):
    service = "indicators"
    scopes = CLIENT_SCOPES
    followers = frozenset({"calls", "contracts"})
    endpoints = ENDPOINTS

    @each(lambda endpoint: endpoint.operation == f"GET {FORMS}")
    async def test_a_token_that_was_good_is_refused_once_it_expires(
        self, client: EndpointClient, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        expiring = {"Authorization": token("indicators", CLIENT_SCOPES, exp=int(time.time()) + 30)}
        good = await client.send(endpoint, by=client.service.stranger, headers=expiring)
        later = SimpleNamespace(time=lambda: time.time() + 31)
        monkeypatch.setattr("miernik_shared.service_tokens.time", later)
        refused = await client.send(endpoint, by=client.service.stranger, headers=expiring)

        assert (good.status_code, refused.status_code) == (200, 401)


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1/forms/SP7/periods/2011-H1/x"])
async def test_an_unknown_path_or_method_is_a_problem_too(client: EndpointClient, path: str) -> None:
    answer = await client.service.officer.get(path)
    assert_problem(answer, 404, "not_found")
    answer = await client.service.officer.delete(FORMS)
    assert_problem(answer, 405, "method_not_allowed")


@pytest.mark.parametrize("path", OPERATION)
async def test_the_endpoints_of_operation_need_no_credentials(client: EndpointClient, path: str) -> None:
    assert (await client.service.stranger.get(path)).status_code == 200
