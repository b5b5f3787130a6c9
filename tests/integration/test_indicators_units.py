"""Reporting units: numbers, external identifiers, versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.databases.postgres import PostgresServer
from tests.support.regions.sample_region import running_sample
from tests.support.services.indicators_service import IndicatorsService, running_indicators

from miernik_local.provision import DatabaseUrls

UNITS = "/v1/reporting-units"
NIP = "8567346215"
REGON = "192598184"


@pytest.fixture(scope="module")
async def register(module_database: DatabaseUrls) -> DatabaseUrls:
    """A database with the register and no unit, to copy from."""
    async with running_indicators(module_database) as running:
        ok(await running.import_register())
    return module_database


@pytest.fixture
async def service(postgres_server: PostgresServer, register: DatabaseUrls) -> AsyncIterator[IndicatorsService]:
    async with running_sample(postgres_server, register) as running:
        yield running


def unit(territory: str = "0402011", **more: Any) -> dict[str, Any]:
    return {"kind": "OPS", "territory": territory, "name": "MOPS", **more}


def external(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


async def test_a_unit_takes_its_code_from_kind_and_territory(service: IndicatorsService) -> None:
    answer = await service.officer.post(UNITS, json=unit(nip=NIP, regon=REGON))
    made = ok(answer)

    assert (made["code"], made["territory"], made["version"]) == ("OPS-040201", "040201", 1)
    assert answer.headers["etag"] == '"v1"'
    assert answer.headers["location"] == f"{UNITS}/{made['id']}"
    assert ok(await service.officer.get(answer.headers["location"])) == made


@pytest.mark.parametrize("field", ["nip", "regon"])
@pytest.mark.parametrize("length", [9, 10, 14])
async def test_zeros_are_no_number(shared_service: IndicatorsService, field: str, length: int) -> None:
    answer = await shared_service.officer.post(UNITS, json=unit(**{field: "0" * length}))

    assert answer.status_code == 422
    assert codes(answer)[0] in {f"{field}_invalid", "field_invalid"}


@pytest.mark.parametrize(("field", "number"), [("nip", NIP[:-1] + "6"), ("regon", REGON[:-1] + "5")])
async def test_a_wrong_check_digit_is_refused(shared_service: IndicatorsService, field: str, number: str) -> None:
    answer = await shared_service.officer.post(UNITS, json=unit(**{field: number}))
    assert_problem(answer, 422, f"{field}_invalid")


@pytest.mark.parametrize(
    ("territory", "code"),
    [
        ("0402034", "territory_is_a_part"),
        ("0402035", "territory_is_a_part"),
        ("049901", "territory_unknown"),
        ("402011", "territory_lost_zero"),
        ("40201", "territory_lost_zero"),
        ("402", "territory_lost_zero"),
        ("201011", "territory_unknown"),
        ("999999", "territory_voivodeship_unknown"),
        ("0402012", "territory_of_other_kind"),
        ("Brodnica", "territory_malformed"),
        ("99901", "territory_malformed"),
    ],
)
async def test_a_territory_that_cannot_have_a_unit_is_refused(
    shared_service: IndicatorsService, territory: str, code: str
) -> None:
    answer = await shared_service.officer.post(UNITS, json=unit(territory))
    assert_problem(answer, 422, code)


async def test_a_code_is_given_once_even_to_two_who_ask_at_once(service: IndicatorsService) -> None:
    answers = await asyncio.gather(*(service.officer.post(UNITS, json=unit()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert refusals == ["unit_code_taken"] * 3


async def test_an_external_id_belongs_to_one_unit(service: IndicatorsService) -> None:
    ok(await service.officer.post(UNITS, json=unit(external_ids=[external("cas", "17")])))
    before = service.row_counts()
    answer = await service.officer.post(UNITS, json=unit("0402022", external_ids=[external("cas", "17")]))

    assert_problem(answer, 409, "external_id_taken", at="/external_ids/0")
    assert service.row_counts() == before


async def test_a_put_by_external_id_registers_and_then_changes(service: IndicatorsService) -> None:
    address = f"{UNITS}/by-external-id/cas/17%2F11"
    registered = await service.officer.put(address, json=unit())
    assert registered.status_code == 201
    assert registered.json()["external_ids"] == [external("cas", "17/11")]
    unseen = await service.officer.put(address, json=unit(name="MOPS w Brodnicy"))
    assert unseen.status_code == 428
    changed = await service.officer.put(address, json=unit(name="MOPS w Brodnicy"), headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["version"], changed.headers["etag"]) == (200, 2, '"v2"')
    assert ok(await service.officer.get(address)) == changed.json()


async def test_a_put_by_external_id_cannot_make_another_unit_of_it(service: IndicatorsService) -> None:
    address = f"{UNITS}/by-external-id/cas/17"
    ok(await service.officer.put(address, json=unit()))
    moved = await service.officer.put(address, json=unit("0402022"), headers={"If-Match": '"v1"'})
    assert_problem(moved, 409, "unit_identity_changed")
    gone = await service.officer.put(f"{UNITS}/by-external-id/cas/99", json=unit(), headers={"If-Match": '"v1"'})
    assert gone.status_code == 412


async def test_a_put_by_external_id_takes_over_further_external_ids(service: IndicatorsService) -> None:
    address = f"{UNITS}/by-external-id/cas/17"
    ok(await service.officer.put(address, json=unit()))
    further = unit(external_ids=[external("pomost", "9"), external("cas", "17"), external("cas", "18")])
    changed = await service.officer.put(address, json=further, headers={"If-Match": '"v1"'})
    known = [external("cas", "17"), external("cas", "18"), external("pomost", "9")]
    assert (changed.status_code, changed.json()["external_ids"], changed.json()["version"]) == (200, known, 2)
    assert ok(await service.officer.get(f"{UNITS}/by-external-id/pomost/9")) == changed.json()
    again = await service.officer.put(address, json=further, headers={"If-Match": '"v2"'})
    assert (again.status_code, again.json()) == (200, changed.json())


async def test_a_put_by_external_id_takes_no_external_id_of_another_unit(service: IndicatorsService) -> None:
    ok(await service.officer.post(UNITS, json=unit("0402022", external_ids=[external("cas", "99")])))
    address = f"{UNITS}/by-external-id/cas/17"
    ok(await service.officer.put(address, json=unit()))
    before = service.row_counts()
    further = unit(external_ids=[external("pomost", "9"), external("cas", "99")])
    answer = await service.officer.put(address, json=further, headers={"If-Match": '"v1"'})

    assert_problem(answer, 409, "external_id_taken", at="/external_ids/1")
    assert service.row_counts() == before


async def test_a_blank_external_id_is_refused(service: IndicatorsService) -> None:
    address = f"{UNITS}/by-external-id/cas/%20"

    assert (await service.officer.put(address, json=unit())).status_code == 422
    assert (await service.officer.get(address)).status_code == 422


async def test_two_upserts_at_once_register_one_unit(service: IndicatorsService) -> None:
    address = f"{UNITS}/by-external-id/cas/17"
    answers = await asyncio.gather(*(service.officer.put(address, json=unit()) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers)[0] == 201
    assert all(answer.status_code in (201, 409, 428) for answer in answers)
    assert service.row_counts()["reporting_unit"] == 1


async def test_a_change_keeps_the_former_state_and_tells_the_log_both(service: IndicatorsService) -> None:
    made = ok(await service.officer.post(UNITS, json=unit()))
    address = f"{UNITS}/{made['id']}"
    changed = await service.officer.put(address, json={"name": "GOPS", "nip": NIP}, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["nip"]) == (200, NIP)
    versions = service.query("select version, name, nip from reporting_unit_version order by version")
    assert versions == [(1, "MOPS", None), (2, "GOPS", NIP)]
    (change,) = service.query("select before, after from change where action = 'reporting-unit.changed'")
    assert change == (made, changed.json())


async def test_a_stale_or_missing_if_match_changes_nothing(service: IndicatorsService) -> None:
    made = ok(await service.officer.post(UNITS, json=unit()))
    address = f"{UNITS}/{made['id']}"
    assert (await service.officer.put(address, json={"name": "GOPS"})).status_code == 428
    ok(await service.officer.put(address, json={"name": "GOPS"}, headers={"If-Match": '"v1"'}))
    stale = await service.officer.put(address, json={"name": "MGOPS"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"v2"')
    assert ok(await service.officer.get(address))["name"] == "GOPS"


async def test_two_changes_at_once_are_one_change(service: IndicatorsService) -> None:
    made = ok(await service.officer.post(UNITS, json=unit()))
    address = f"{UNITS}/{made['id']}"
    answers = await asyncio.gather(
        *(service.officer.put(address, json={"name": f"OPS {n}"}, headers={"If-Match": '"v1"'}) for n in range(3))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_an_equal_state_is_no_change(service: IndicatorsService) -> None:
    made = ok(await service.officer.post(UNITS, json=unit()))
    before = service.row_counts()
    answer = await service.officer.put(f"{UNITS}/{made['id']}", json={"name": "MOPS"}, headers={"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()) == (200, made)
    assert service.row_counts() == before


async def test_units_are_found_by_kind_territory_and_code_in_polish_order(service: IndicatorsService) -> None:
    for territory, name in (("0402011", "Łabiszyn"), ("0402022", "Lubicz"), ("2212082", "Żnin")):
        ok(await service.officer.post(UNITS, json=unit(territory, name=name)))
    ok(await service.officer.post(UNITS, json=unit("0402", name="Brodnica", kind="PCPR")))

    async def names(**query: str) -> list[str]:
        return [one["name"] for one in ok(await service.officer.get(UNITS, params=query))["items"]]

    assert await names() == ["Brodnica", "Lubicz", "Łabiszyn", "Żnin"]
    assert await names(kind="OPS", territory="04") == ["Lubicz", "Łabiszyn"]
    assert await names(code="PCPR-0402") == ["Brodnica"]


async def test_a_name_with_an_unwritable_character_is_refused(service: IndicatorsService) -> None:
    answer = await service.officer.post(UNITS, json=unit(name="MOPS\u0000"))
    assert answer.status_code == 422
