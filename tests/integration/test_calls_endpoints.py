"""The endpoints of calls as a table, with what is asked of each; what only some of them refuse stands below."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.builders.applications import APPLICATIONS, IMPORTS, add, imported, list_of, submitted
from tests.support.endpoints.checks import EndpointChecks
from tests.support.endpoints.matrix import Endpoint, EndpointClient, Scene
from tests.support.services.calls_service import CALLS, NODES, ORGANISATIONS, call, external, node, running_calls

from miernik_calls.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls

BY_EXTERNAL_ID = "by-external-id/{system}/{value}"
READ, WRITE = "applications:read", "applications:write"
OF_04 = "applications:04"
STAGE = {"stage": "formally_positive", "effective_on": "2011-03-01", "value_pln": "900.00"}
PIPELINE = "/v1/reports/pipeline"


def of_entity(
    address: str, name: str, write: str, read: str = "reports:read", *,
    new: dict[str, Any], state: dict[str, Any], upsert: dict[str, Any], another: dict[str, Any] | None = None,
    lists: tuple[type, ...], empty_body: bool = False, texts: tuple[str, ...] = ("name",), families: str = "",
) -> list[Endpoint]:  # fmt: skip
    """The six endpoints that every entity has; `new` is one that is not there yet."""
    known, one = f"{address}/{BY_EXTERNAL_ID}", f"{address}/{{{name}_id}}"
    more: dict[str, Any] = {"texts": texts, "families": families, "tagged": True}
    return [
        Endpoint(f"POST {address}", write, 201, new, **more),
        Endpoint(f"GET {address}", read, lists=lists),
        Endpoint(f"GET {known}", read, tagged=True),
        Endpoint(f"PUT {known}", write, body=upsert, another=another, changes=True, **more),
        Endpoint(f"GET {one}", read, tagged=True),
        Endpoint(f"PUT {one}", write, body=state, empty_body=empty_body, changes=True, **more),
    ]


ENDPOINTS = [
    Endpoint("GET /v1/events", "feed:read", path="/v1/events?after=0"),
    Endpoint("GET /v1/confirmations/calls", lists=(int,), cursors="confirmations"),
    *of_entity(
        NODES, "node", "programme:write", new=node("8.2", "measure"),
        state={"name": "Inna", "valid_from": "2011-01-01"}, upsert=node("8.1", "measure", name="Inna"),
        another={"code": "8.3"}, lists=(str, str, int),
    ),
    *of_entity(
        ORGANISATIONS, "organisation", "organisations:write", READ, new={"name": "PCPR w Brodnicy"},
        state={"name": "Inna"}, upsert={"name": "x"}, lists=(str, int),
    ),
    *of_entity(
        CALLS, "call", "calls:write", new=call(number="2"), state=call(title="Inny"), upsert=call(title="Inny"),
        lists=(str, int), texts=("title",),
    ),
    *of_entity(
        APPLICATIONS, "application", WRITE, READ, new=submitted("WND-2"), state={"title": "Inny"},
        upsert=submitted(title="Inny"), another={"number": "WND-4"}, lists=(str, str), empty_body=True,
        texts=("title",), families=OF_04,
    ),
    Endpoint(
        f"POST {APPLICATIONS}/{{application_id}}/stages", WRITE, 201, STAGE,
        changes=True, tagged=True, families=OF_04,
    ),
    Endpoint(f"GET {APPLICATIONS}/{{application_id}}/versions", READ),
    Endpoint(
        f"POST {APPLICATIONS}/{{application_id}}/annulment", WRITE, 201, {"reason": "Wpisano dwa razy"},
        changes=True, tagged=True, needs_key=True, texts=("reason",), families=OF_04,
    ),
    Endpoint(f"POST {IMPORTS}", WRITE, 201, file=list_of([submitted("WND-3")]), families=OF_04),
    Endpoint(f"GET {IMPORTS}", READ, lists=(int,)),
    Endpoint(f"GET {IMPORTS}/{{import_id}}", READ, tagged=True),
    Endpoint(
        f"POST {IMPORTS}/{{import_id}}/annulment", WRITE, 201, {"reason": "Lista innego urzędu"},
        changes=True, tagged=True, needs_key=True, texts=("reason",), families=OF_04,
    ),
    Endpoint(f"GET {IMPORTS}/{{import_id}}/findings", READ, lists=(int,)),
    Endpoint("GET /v1/reports/calls"),
    Endpoint("GET /v1/reports/calls/bounds"),
    Endpoint(f"GET {PIPELINE}", path=f"{PIPELINE}?as_of=2011-08-31&office=PL&measure=7.2"),
    Endpoint(f"GET {PIPELINE}/bounds"),
]  # fmt: skip


@pytest.fixture(scope="module")
async def scene(module_database: DatabaseUrls) -> Scene:
    known = {"external_ids": [external("ksi", "1")]}
    async with running_calls(module_database) as service:
        await service.add_tree()
        made = {
            "node_id": await service.add_node("8.1", "measure", **known),
            "organisation_id": await service.add_organisation("MOPS", **known),
            "call_id": await service.add_call(**known),
            "application_id": await add(service, **known),
            "import_id": await imported(service, [submitted("WND-9", node="7.2.1")]),
        }
    names = {name: one["id"] for name, one in made.items()}
    return Scene(module_database, running_calls, names | {"system": "ksi", "value": "1"})


class TestEndpoints(EndpointChecks):
    service = "calls"
    scopes = CLIENT_SCOPES
    followers = frozenset({"contracts"})
    endpoints = ENDPOINTS


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "2011-02-30"}, {"as_of": "yesterday"}, {"office": "00"}, {"office": "all"},
        {"known_at": "2011-08-31"},
        {"known_at": "2011-08-31T00:00:00Z"}, {"known_at": "9999-01-01T00:00:00Z"}, {"measure": "x" * 41},
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(client: EndpointClient, query: dict[str, str]) -> None:
    answer = await client.service.officer.get(PIPELINE, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    "query", [{"office": "4"}, {"stage": "signed"}, {"call": "1"}, {"number": "x" * 201}, {"node": "x" * 41}]
)
async def test_a_filter_that_makes_no_sense_is_refused(client: EndpointClient, query: dict[str, str]) -> None:
    assert (await client.service.officer.get(APPLICATIONS, params=query)).status_code == 422


@pytest.mark.parametrize("query", [{"office": "4"}, {"decimal": "x"}, {"partial": "perhaps"}])
async def test_a_list_with_senseless_options_is_refused(client: EndpointClient, query: dict[str, str]) -> None:
    headers = {"Content-Type": "text/csv"}
    answer = await client.service.officer.post(
        IMPORTS, params=query, content=list_of([submitted("WND-3")]), headers=headers
    )
    assert answer.status_code == 422
