"""Organisations: their numbers, their names, who may read them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.services.calls_service import ORGANISATIONS, CallsService, external, running_calls

from miernik_local.provision import DatabaseUrls
from miernik_shared.problems import FieldError
from miernik_shared.web.field_errors import field_error

NIP = "8567346215"
REGON = "192598184"
REGON_14 = "12345678512347"
KRS = "0000123456"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


def organisation(**more: Any) -> dict[str, Any]:
    return {"name": "MOPS w Toruniu", **more}


async def test_an_organisation_has_numbers_and_a_place(service: CallsService) -> None:
    body = organisation(nip=NIP, regon=REGON, krs=KRS, territory="0463011", kind="OPS")
    answer = await service.officer.post(ORGANISATIONS, json=body)
    made = ok(answer)

    assert made == body | {"id": made["id"], "version": 1, "external_ids": []}
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"{ORGANISATIONS}/{made['id']}")
    assert ok(await service.officer.get(answer.headers["location"])) == made
    assert service.events("organisation.registered") == [{"families": ["organisations"], "data": made}]


async def test_nothing_but_the_name_needs_to_be_known(service: CallsService) -> None:
    made = await service.add_organisation()
    assert [made[field] for field in ("nip", "regon", "krs", "territory", "kind")] == [None] * 5


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("nip", "0000000000", "nip_invalid"),
        ("nip", NIP[:-1] + "6", "nip_invalid"),
        ("nip", "856-734-62-16", "nip_invalid"),
        ("regon", "000000000", "regon_invalid"),
        ("regon", "00000000000000", "regon_invalid"),
        ("regon", REGON[:-1] + "5", "regon_invalid"),
        ("krs", "0000000000", "krs_invalid"),
        ("krs", "123456", "krs_invalid"),
        ("territory", "46301", "territory_lost_zero"),
        ("territory", "463011", "territory_lost_zero"),
        ("territory", "9999999", "territory_voivodeship_unknown"),
        ("territory", "0463019", "territory_kind_unknown"),
        ("territory", "Toruń", "territory_malformed"),
        ("nip", "", "nip_invalid"),
        ("nip", "1" * 21, "field_invalid"),
        ("name", " ", "field_invalid"),
        ("kind", "ops", "field_invalid"),
    ],
)
async def test_a_wrong_number_is_refused(shared_calls: CallsService, field: str, value: str, code: str) -> None:
    answer = await shared_calls.officer.post(ORGANISATIONS, json=organisation() | {field: value})

    assert_problem(answer, 422, code, at=f"/{field}")
    assert shared_calls.row_counts()["organisation"] == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("krs", "123456", "powinno być 0000123456"), ("regon", "288975.0", "powinno być 000288975"),
     ("nip", f"{NIP}.0", f"powinno być {NIP}"), ("nip", "8,56735E+09", "arkusz zamienił na liczbę i zaokrąglił")],
)  # fmt: skip
async def test_number_that_a_spreadsheet_changed_gets_a_hint(
    shared_calls: CallsService, field: str, value: str, message: str
) -> None:
    answer = await shared_calls.officer.post(ORGANISATIONS, json=organisation() | {field: value})
    assert_problem(answer, 422, f"{field}_invalid", seen=value)
    assert message in answer.json()["errors"][0]["message"]


async def test_body_of_unknown_keys_is_answered_by_its_first_hundred_errors(
    shared_calls: CallsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def note_error(pointer: str, fault: Any) -> FieldError:
        built.append(pointer)
        return field_error(pointer, fault)

    monkeypatch.setattr("miernik_shared.web.error_responses.field_error", note_error)
    answer = await shared_calls.officer.post(ORGANISATIONS, json=organisation(**{f"k{one}": 1 for one in range(5_000)}))

    assert answer.status_code == 422
    assert len(codes(answer)) == len(built) == 100


async def test_all_wrong_numbers_are_reported_at_once_in_both_languages(service: CallsService) -> None:
    body = organisation(nip="0" * 10, regon="0" * 9, krs="0" * 10, territory="402011_1")
    told = {}
    for language in ("pl", "en"):
        answer = await service.officer.post(ORGANISATIONS, json=body, headers={"Accept-Language": language})
        assert codes(answer) == ["nip_invalid", "regon_invalid", "krs_invalid", "territory_voivodeship_unknown"]
        told[language] = [error["message"] for error in answer.json()["errors"]]

    assert told["pl"][0].startswith("NIP ma 10 cyfr, nie same zera")
    assert told["en"][0].startswith("A NIP has ten digits, not only zeros")


@pytest.mark.parametrize("written", ["856-734-62-15", "856 734 62 15", "PL8567346215", "PL 856-734-62-15"])
async def test_a_nip_is_taken_as_officers_write_it_and_kept_as_digits(service: CallsService, written: str) -> None:
    made = await service.add_organisation(nip=written, regon="192-598-184")
    assert (made["nip"], made["regon"]) == (NIP, REGON)
    found = ok(await service.officer.get(ORGANISATIONS, params={"nip": written}))["items"]
    assert [one["id"] for one in found] == [made["id"]]
    path = f"{ORGANISATIONS}/{made['id']}"
    same = await service.officer.put(path, json=organisation(nip=NIP, regon=REGON), headers={"If-Match": '"v1"'})
    assert ok(same)["version"] == 1


async def test_a_nip_may_be_shared_a_regon_not(service: CallsService) -> None:
    first = await service.add_organisation(nip=NIP, regon=REGON)
    second = await service.add_organisation("OPS w Toruniu", nip=NIP, regon=REGON_14)
    taken_already = await service.officer.post(ORGANISATIONS, json=organisation(regon=REGON))
    assert_problem(taken_already, 409, "regon_taken", at="/regon")
    assert taken_already.json()["organisation_id"] == first["id"]
    address = f"{ORGANISATIONS}/{second['id']}"
    changed = await service.officer.put(address, json=organisation(regon=REGON), headers={"If-Match": '"v1"'})
    assert_problem(changed, 409, "regon_taken", at="/regon")


async def test_a_regon_given_up_can_be_taken(service: CallsService) -> None:
    first = await service.add_organisation(regon=REGON)
    address = f"{ORGANISATIONS}/{first['id']}"
    ok(await service.officer.put(address, json=organisation(), headers={"If-Match": '"v1"'}))
    assert (await service.add_organisation(regon=REGON))["regon"] == REGON
    back = await service.officer.put(address, json=organisation(regon=REGON), headers={"If-Match": '"v2"'})
    assert back.status_code == 409


async def test_of_those_who_register_a_regon_at_once_one_does(service: CallsService) -> None:
    bodies = [organisation(name=f"Organizacja {number}", regon=REGON) for number in range(4)]
    answers = await asyncio.gather(*(service.officer.post(ORGANISATIONS, json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"regon_taken"}


async def test_of_those_who_change_to_a_regon_at_once_one_does(service: CallsService) -> None:
    made = [await service.add_organisation(f"Organizacja {number}") for number in range(4)]
    answers = await asyncio.gather(
        *(
            service.officer.put(
                f"{ORGANISATIONS}/{one['id']}", json=organisation(regon=REGON), headers={"If-Match": '"v1"'}
            )
            for one in made
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_a_change_keeps_the_former_state_and_tells_the_log_both(service: CallsService) -> None:
    made = await service.add_organisation(regon=REGON, kind="OPS")
    address = f"{ORGANISATIONS}/{made['id']}"
    changed = await service.officer.put(address, json=organisation(name="CUS"), headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    assert changed.json() == made | {"name": "CUS", "regon": None, "kind": None, "version": 2}
    versions = service.query("select version, name, regon from organisation_version order by version")
    assert versions == [(1, "MOPS w Toruniu", REGON), (2, "CUS", None)]
    told = service.query("select before, after from change where action = 'organisation.changed'")
    assert told == [(made, changed.json())]


async def test_an_equal_state_is_no_change(service: CallsService) -> None:
    made = await service.add_organisation(territory="0463011")
    before = service.row_counts()
    body = organisation(territory="0463011")
    answer = await service.officer.put(f"{ORGANISATIONS}/{made['id']}", json=body, headers={"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()) == (200, made)
    assert service.row_counts() == before


async def test_a_put_by_external_id_registers_and_then_changes(service: CallsService) -> None:
    address = f"{ORGANISATIONS}/by-external-id/ksi/A 1%2F11"
    registered = await service.officer.put(address, json=organisation(regon=REGON))
    assert (registered.status_code, registered.json()["external_ids"]) == (201, [external("ksi", "A 1/11")])
    assert (await service.officer.put(address, json=organisation())).status_code == 428
    body = organisation(regon=REGON, external_ids=[external("sl", "7")])
    changed = await service.officer.put(address, json=body, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["external_ids"] == [external("ksi", "A 1/11"), external("sl", "7")]
    assert ok(await service.officer.get(f"{ORGANISATIONS}/by-external-id/sl/7")) == changed.json()
    absent = await service.officer.put(
        f"{ORGANISATIONS}/by-external-id/ksi/2", json=organisation(), headers={"If-Match": '"v1"'}
    )
    assert absent.status_code == 412


async def test_a_put_by_external_id_takes_no_external_id_of_another(service: CallsService) -> None:
    await service.add_organisation(external_ids=[external("sl", "7")])
    address = f"{ORGANISATIONS}/by-external-id/ksi/1"
    ok(await service.officer.put(address, json=organisation()))
    before = service.row_counts()
    body = organisation(name="Inna", external_ids=[external("sl", "8"), external("sl", "7")])
    answer = await service.officer.put(address, json=body, headers={"If-Match": '"v1"'})

    assert_problem(answer, 409, "external_id_taken", at="/external_ids/1")
    assert service.row_counts() == before


async def test_names_are_found_without_diacritics_in_polish_order(service: CallsService) -> None:
    for name in ("Żnin – MGOPS", "Łabiszyn: GOPS", "Lubicz 100% GOPS", "lubicz gops"):
        await service.add_organisation(name)

    async def names(**query: str) -> list[str]:
        return [one["name"] for one in ok(await service.officer.get(ORGANISATIONS, params=query))["items"]]

    assert await names() == ["Lubicz 100% GOPS", "lubicz gops", "Łabiszyn: GOPS", "Żnin – MGOPS"]
    assert await names(name="ŁABI") == await names(name="labi") == ["Łabiszyn: GOPS"]
    assert await names(name="znin") == ["Żnin – MGOPS"]
    assert await names(name="100%") == ["Lubicz 100% GOPS"]
    assert await names(name="_") == []


async def test_organisations_are_found_by_number_kind_and_place(service: CallsService) -> None:
    await service.add_organisation("A", nip=NIP, regon=REGON, krs=KRS, territory="046301", kind="OPS")
    await service.add_organisation("B", nip=NIP, territory="0463", kind="PCPR")
    await service.add_organisation("C", territory="3201")

    async def names(**query: str) -> str:
        return "".join(one["name"] for one in ok(await service.officer.get(ORGANISATIONS, params=query))["items"])

    assert await names(nip=NIP) == "AB"
    assert await names(regon=REGON) == await names(krs=KRS) == await names(kind="OPS") == "A"
    assert await names(territory="04") == "AB"
    assert await names(territory="0463", kind="PCPR") == "B"
    assert await names(territory="0463011") == ""


async def test_unknown_code_is_not_refused_while_the_register_is_out_of_reach(
    service: CallsService, database: DatabaseUrls
) -> None:
    entry = ["046301", "1", "1999-01-01", "gmina", "Toruń", "gmina miejska", "torun"]
    with psycopg.connect(database.app["calls"]) as connection:
        columns = "code, kind, valid_from, level, name, kind_name, sort_key"
        connection.execute(f"insert into territory ({columns}) values (%s, %s, %s, %s, %s, %s, %s)", entry)

    known = await service.officer.post(ORGANISATIONS, json=organisation(territory="0463011"))
    unknown = await service.officer.post(ORGANISATIONS, json=organisation(territory="201011"))
    filtered = await service.officer.get(ORGANISATIONS, params={"territory": "201011"})

    assert known.status_code == 201
    assert_problem(unknown, 503, "register_not_current")
    assert_problem(filtered, 503, "register_not_current")


async def test_pages_follow_each_other_where_names_are_equal(service: CallsService) -> None:
    made = [(await service.add_organisation("GOPS"))["id"] for _ in range(5)]
    read: list[str] = []
    address: str | None = f"{ORGANISATIONS}?limit=2"
    while address:
        page = await service.officer.get(address)
        read += [one["id"] for one in ok(page)["items"]]
        address = page.headers.get("link", "").partition(">")[0].lstrip("<") or None

    assert read == made
