"""Doubles that were stored before spellings were recognised: an upgrade keeps them, and a command lists them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import APPLICATIONS, application, list_of, rollup, send, submitted
from tests.support.databases.postgres import PostgresServer, drop_database, fresh_database
from tests.support.services.calls_service import CALLS, CallsService, call, running_calls
from tests.support.services.contracts_service import contracts_and_calls

from miernik_local.provision import DatabaseUrls
from miernik_shared.migrations import check, upgrade

BEFORE = {"calls": "0006", "contracts": "0009", "indicators": "0008", "gateway": "0003"}
IDS = [f"01a22367-0000-7000-8000-00000000000{number}" for number in range(10)]


def seed(urls: DatabaseUrls) -> None:
    """Two applications, calls, agreements and external ids in two spellings, and one that was annulled."""
    with psycopg.connect(urls.superuser) as connection:
        for number, spelling in enumerate(("ZW-1/11", "ZW-1/11\u200b", "ZW\u20112/11"), 1):
            connection.execute(
                "insert into calls.application (id, office, number, current_version) values (%s, '04', %s, 1)",
                [IDS[number], spelling],
            )
            connection.execute(
                "insert into calls.application_version (application_no, version, office, title, position) "
                "values (%s, 1, '04', %s, 0)",
                [number, spelling],
            )
            connection.execute("insert into calls.call (id, office, position) values (%s, '04', 0)", [IDS[number]])
            connection.execute(
                "insert into calls.call_version (call_no, version, number, title, kind, applications_complete, "
                "valid_from, position) values (%s, 1, %s, 'x', 'open', false, '2011-01-01', 0)",
                [number, spelling],
            )
            connection.execute(
                "insert into calls.external_identifier (entity, system, value, entity_id) values ('application', %s, "
                "'A-1', %s)",
                [("lsi", "lsi\ufeff", "ksi")[number - 1], IDS[number]],
            )
            connection.execute(
                "insert into contracts.agreement (id, office, number, kind, node_id, signed_on, current_version, "
                "annulled) values (%s, '04', %s, 'grant', %s, '2011-03-01', 1, %s)",
                [IDS[number], ("U-1", "U-1  ", "'U-1")[number - 1], IDS[0], number == 1],
            )


@pytest.fixture(scope="module")
def upgraded(postgres_server: PostgresServer) -> Iterator[DatabaseUrls]:
    urls = fresh_database(postgres_server, migrated=False)
    for service, url in urls.owner.items():
        upgrade(service, url, BEFORE[service])
    seed(urls)
    for service, url in urls.owner.items():
        upgrade(service, url)
        check(service, url)
    yield urls
    drop_database(postgres_server, urls)


@pytest.fixture
async def service(upgraded: DatabaseUrls) -> CallsService:
    async with running_calls(upgraded) as running:
        yield running  # type: ignore[misc]


def listed(urls: DatabaseUrls, *services: str) -> tuple[int, list[str]]:
    addresses = {f"MIERNIK_{service.upper()}_DATABASE_URL": urls.app[service] for service in services}
    command = [sys.executable, "-m", "miernik_local", "doubles"]
    done = subprocess.run(command, env={**os.environ, **addresses}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_the_command_lists_each_double_with_the_eldest(upgraded: DatabaseUrls) -> None:
    code, lines = listed(upgraded, "calls", "contracts", "gateway")
    assert code == 1
    assert [line for line in lines if "calls" in line] == [
        f"calls: application “ZW-1/11<U+200B>” ({IDS[2]}) doubles “ZW-1/11” ({IDS[1]})",
        f"calls: application with external id “lsi<U+FEFF>:A-1” ({IDS[2]}) doubles “lsi:A-1” ({IDS[1]})",
        f"calls: call “ZW-1/11<U+200B>” ({IDS[2]}) doubles “ZW-1/11” ({IDS[1]})",
        "calls: 3 doubles",
    ]
    # The eldest of the three was annulled, so its number is held by the next one.
    assert [line for line in lines if "contracts" in line] == [
        f"contracts: agreement “'U-1” ({IDS[3]}) doubles “U-1  ” ({IDS[2]})",
        "contracts: 1 doubles",
    ]
    assert listed(upgraded, "gateway") == (0, ["gateway: 0 doubles"])


async def test_doubles_stay_readable_and_the_eldest_holds_the_number(service: CallsService) -> None:
    found = ok(await service.officer.get(APPLICATIONS, params={"number": "ZW-1/11"}))["items"]
    assert [one["number"] for one in found] == ["ZW-1/11", "ZW-1/11\u200b"]
    for system, holder in (("lsi", IDS[1]), ("lsi%EF%BB%BF", IDS[2]), ("ksi", IDS[3])):
        by_external_id = await service.officer.get(f"{APPLICATIONS}/by-external-id/{system}/A-1")
        assert ok(by_external_id)["id"] == holder
    assert ok(await service.officer.get(f"{CALLS}/{IDS[2]}"))["number"] == "ZW-1/11\u200b"


async def test_uniqueness_holds_from_the_upgrade_on(service: CallsService) -> None:
    for spelling in ("ZW-1/11", "ZW-1/11\u00a0", "ZW-2/11", "'ZW\u20112/11"):
        taken = await service.officer.post(APPLICATIONS, json=application(spelling))
        assert_problem(taken, 409, "application_number_taken")
        assert_problem(await service.officer.post(CALLS, json=call(number=spelling)), 409, "call_number_taken")
    listed_again = ok(await send(service, list_of([submitted("ZW-1/11"), submitted("ZW-2/11")])))
    assert (listed_again["created"], listed_again["changed"]) == (0, 2)
    assert sum(number for number, _ in rollup(service).values()) == 2


async def test_a_double_may_change_and_give_up_its_number(service: CallsService) -> None:
    state = call(number="ZW-1/11", title="Nowy", valid_from="2011-02-01")
    changed = await service.officer.put(f"{CALLS}/{IDS[2]}", json=state, headers={"If-Match": '"v1"'})
    assert (ok(changed)["number"], ok(changed)["title"]) == ("ZW-1/11", "Nowy")
    renamed = await service.officer.put(
        f"{CALLS}/{IDS[2]}", json=state | {"number": "ZW-3/11"}, headers={"If-Match": '"v2"'}
    )
    assert ok(renamed)["number"] == "ZW-3/11"
    assert_problem(await service.officer.post(CALLS, json=call(number="ZW\u20113/11")), 409, "call_number_taken")


async def test_a_number_is_not_free_while_a_double_has_it(upgraded: DatabaseUrls) -> None:
    async with contracts_and_calls(upgraded) as (contracts, calls_feed):
        await contracts.add_rate("4", "2007-01-01")
        await contracts.grant(calls_feed.id_of("7.2"), "100")
        taken = await contracts.sign("U-1", calls_feed.id_of("7.2.1"), "1")
        assert_problem(taken, 409, "agreement_number_taken", agreement=IDS[2])
