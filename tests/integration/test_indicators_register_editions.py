"""Editions of the register: dry run, comparison with the edition before, confirmation, refused files, annulment."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.regions.terc_files import GMINY, Gmina, changed, terc_file, without
from tests.support.services.indicators_service import IndicatorsService, running_indicators

from miernik_indicators.register.terc_file import TercFile, read_terc
from miernik_local.demo_region.figures import register_file
from miernik_local.provision import DatabaseUrls

IMPORTS = "/v1/territory-imports"
BECAME_A_TOWN = changed(GMINY, "040802", kind="3")
SECOND = terc_file(
    (*changed(without(BECAME_A_TOWN, "041902"), "221208", name="Redzikowo"), Gmina("040803", "2", "Nowa Wieś")),
    "2015-01-01",
)
ONE_VOIVODESHIP = terc_file(without(GMINY, "221208"), "2020-01-01")
INTERVALS = "select code, kind, name, valid_from::text, valid_to::text from territory order by 1, 2, 4"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[IndicatorsService]:
    async with running_indicators(database) as running:
        yield running


def by_code(listed: list[dict[str, Any]]) -> dict[str, tuple[Any, Any, Any, Any]]:
    members = ("name_before", "name", "kind_before", "kind")
    return {one["code"]: tuple(one[member] for member in members) for one in listed}


async def test_import_is_compared_with_the_edition_before_by_voivodeship(service: IndicatorsService) -> None:
    first = ok(await service.import_register())["comparison"]
    second = ok(await service.import_register(SECOND))["comparison"]
    kujawy, pomorze = second["voivodeships"]

    assert (first["compared_with"], first["entries"], first["new"]) == (None, 12, 0)
    assert (second["compared_with"], second["next_edition"]) == ("2011-01-01", None)
    assert {name: second[name] for name in ("ended", "new", "renamed", "changed_kind")} == {
        "ended": 2, "new": 1, "renamed": 1, "changed_kind": 1,
    }  # fmt: skip
    assert (kujawy["code"], kujawy["entries_before"], kujawy["entries"]) == ("04", 9, 8)
    assert by_code(kujawy["ended"]) == {
        "0419": ("powiat 0419", None, "", None),
        "041902": ("Gąsawa", None, "2", None),
    }
    assert by_code(kujawy["new"]) == {"040803": (None, "Nowa Wieś", None, "2")}
    assert by_code(kujawy["changed_kind"]) == {"040802": ("Bobrowniki", "Bobrowniki", "2", "3")}
    assert by_code(pomorze["renamed"]) == {"221208": ("Słupsk", "Redzikowo", "2", "2")}


async def test_dry_run_compares_and_stores_nothing(service: IndicatorsService) -> None:
    ok(await service.import_register())
    before = service.row_counts()
    rehearsed = await service.import_register(SECOND, dry_run="true")
    assert service.row_counts() == before
    stored = await service.import_register(SECOND)

    assert (rehearsed.status_code, stored.status_code) == (200, 201)
    assert (rehearsed.json()["dry_run"], rehearsed.json()["import_no"]) == (True, None)
    assert rehearsed.json()["comparison"] == stored.json()["comparison"]
    assert ok(await service.import_register(SECOND, dry_run="true"))["replayed"]


async def test_earlier_edition_is_compared_with_its_neighbours(service: IndicatorsService) -> None:
    ok(await service.import_register(SECOND))
    earliest = ok(await service.import_register())["comparison"]
    between = ok(await service.import_register(terc_file(day="2013-01-01")))["comparison"]

    assert (earliest["compared_with"], earliest["next_edition"]) == ("2015-01-01", "2015-01-01")
    assert (between["compared_with"], between["next_edition"]) == ("2011-01-01", "2015-01-01")
    assert [between[name] for name in ("ended", "new", "renamed", "changed_kind")] == [0, 0, 0, 0]


async def test_voivodeship_that_vanishes_needs_its_token(service: IndicatorsService) -> None:
    ok(await service.import_register())
    refused = await service.import_register(ONE_VOIVODESHIP)
    rehearsed = ok(await service.import_register(ONE_VOIVODESHIP, dry_run="true"))
    (error,) = refused.json()["errors"]

    assert_problem(refused, 422, "terc_voivodeship_vanishes", at="/voivodeships/22", count="3")
    assert refused.json()["code"] == "confirmation_required"
    assert rehearsed["unlikely"] == [error | {"row": None, "column": None}]
    assert rehearsed["confirmations"] == refused.json()["confirmations"]
    assert service.row_counts()["territory_import"] == 1
    other = await service.import_register(terc_file(GMINY[:4], "2020-01-01"), confirm=error["token"])
    assert other.status_code == 422, "a token fits no other file"
    confirmed = await service.import_register(ONE_VOIVODESHIP, confirm=error["token"])
    again = await service.import_register(ONE_VOIVODESHIP, confirm=error["token"])
    assert (confirmed.status_code, again.status_code) == (201, 200)
    (kept,) = ok(await service.officer.get("/v1/confirmations/indicators"))["items"]
    assert "22 2011-01-01" in str(kept)


async def test_file_cut_after_some_rows_needs_a_confirmation(service: IndicatorsService) -> None:
    ok(await service.import_register(register_file()))
    lines = register_file().decode("utf-8-sig").splitlines(keepends=True)
    cut = "".join(line.replace("2020-01-01", "2021-01-01") for line in lines[:40]).encode()
    answer = await service.import_register(cut)

    assert codes(answer) == ["terc_many_codes_end", "terc_voivodeship_vanishes"]
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/voivodeships/04", "/voivodeships/32"]


def as_address_variant(content: bytes) -> bytes:
    lines = content.decode("utf-8-sig").splitlines(keepends=True)
    return "".join(line for line in lines if ";3;" not in line).encode()


SIMC = "WOJ;POW;GMI;RODZ_GMI;RM;MZ;NAZWA;SYM;SYMPOD;STAN_NA\r\n04;02;01;1;96;1;Brodnica;1;1;2020-01-01\r\n"
ULIC = "WOJ;POW;GMI;RODZ_GMI;SYM;SYM_UL;CECHA;NAZWA_1;NAZWA_2;STAN_NA\r\n04;02;01;1;1;2;ul.;Długa;;2020-01-01\r\n"
TOMORROW = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
REFUSED = {
    "address": (as_address_variant(terc_file()), "terc_address_variant", ("TERYT-ADR", "TERC adresowy")),
    "simc": (SIMC.encode(), "terc_other_file", ("SIMC", "wykaz miejscowości")),
    "simc_bom": (SIMC.encode("utf-8-sig"), "terc_other_file", ("SIMC",)),
    "ulic": (ULIC.encode(), "terc_other_file", ("ULIC", "wykaz ulic")),
    "1900": (terc_file(day="1900-01-01"), "terc_day_too_early", ("1900-01-01", "1999-01-01")),
    "1998": (terc_file(day="1998-12-31"), "terc_day_too_early", ()),
    "0011": (terc_file(day="0011-01-01"), "terc_day_too_early", ()),
    "tomorrow": (terc_file(day=TOMORROW), "terc_day_to_come", (TOMORROW,)),
    "9999": (terc_file(day="9999-12-31"), "terc_day_to_come", ()),
    "cut_in_the_day": (terc_file()[:-6], "terc_cut_off", ("15",)),
    "cut_in_a_name": (terc_file()[:-40], "terc_cut_off", ()),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_file_that_cannot_be_an_edition_is_refused_by_name(shared_service: IndicatorsService, name: str) -> None:
    content, code, words = REFUSED[name]
    before = shared_service.row_counts()
    for query in ({}, {"dry_run": "true"}):
        answer = await shared_service.import_register(content, **query)
        assert_problem(answer, 422, code)
        assert all(word in answer.json()["errors"][0]["message"] for word in words), answer.text
    assert shared_service.row_counts() == before


@pytest.mark.parametrize(
    ("content", "name"), [(b"PK\x03\x04\x14\x00", "ZIP"), (b'<?xml version="1.0" encoding="UTF-8"?><teryt/>', "XML")]
)
async def test_register_in_another_format_is_refused_by_name(
    shared_service: IndicatorsService, content: bytes, name: str
) -> None:
    answer = await shared_service.import_register(content)

    assert_problem(answer, 415, "content_in_other_format")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
async def test_register_of_blank_lines_is_refused_unparsed(
    shared_service: IndicatorsService, monkeypatch: pytest.MonkeyPatch, end: bytes
) -> None:
    monkeypatch.setattr("miernik_indicators.register.service.read_terc", None)

    assert_problem(await shared_service.import_register(terc_file() + end * 50_000), 413, "rows_too_many")


async def test_large_register_is_parsed_in_a_thread(
    shared_service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def note_thread(content: bytes) -> TercFile:
        threads.append(threading.current_thread())
        return read_terc(content)

    monkeypatch.setattr("miernik_indicators.register.service.read_terc", note_thread)
    await shared_service.import_register(terc_file() + b" " * 70_000, dry_run="true")

    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_annulled_edition_no_longer_counts(service: IndicatorsService) -> None:
    ok(await service.import_register())
    before = service.query(INTERVALS)
    made = ok(await service.import_register(SECOND))
    annulled = await service.officer.post(f"{IMPORTS}/{made['import_no']}/annulment", json={"reason": "Zły plik"})

    assert (ok(annulled)["annulled"], annulled.json()["reason"]) == (True, "Zły plik")
    assert service.query(INTERVALS) == before
    listed = ok(await service.officer.get(IMPORTS))["items"]
    assert [(one["as_of"], one["annulled"]) for one in listed] == [("2015-01-01", True), ("2011-01-01", False)]
    (event,) = service.query("select event from change where action = 'territory.annulled'")[0]
    assert [one["code"] for one in event["data"]["voivodeships"]] == ["04", "22"]
    assert ok(await service.import_register(SECOND))["import_no"] == made["import_no"] + 1


async def test_past_report_still_sees_an_annulled_edition(service: IndicatorsService) -> None:
    ok(await service.import_register())
    made = ok(await service.import_register(SECOND))
    known_at = service.query("select at from change order by position desc limit 1")[0][0].isoformat()
    now = {"territory": "040803", "as_of": "2015-06-01"}
    assert ok(await service.officer.get("/v1/reports/indicators", params=now))["territory"]["name"] == "Nowa Wieś"
    ok(await service.officer.post(f"{IMPORTS}/{made['import_no']}/annulment", json={"reason": "Zły plik"}))

    refused = await service.officer.get("/v1/reports/indicators", params=now)
    past = await service.officer.get("/v1/reports/indicators", params=now | {"known_at": known_at})

    assert_problem(refused, 422, "report_territory_unknown")
    assert ok(past)["territory"]["name"] == "Nowa Wieś"


async def test_annulment_of_what_is_not_there_or_annulled_is_refused(service: IndicatorsService) -> None:
    made = ok(await service.import_register())
    path = f"{IMPORTS}/{made['import_no']}/annulment"
    assert_problem(await service.officer.post(path, json={"reason": " "}), 422, "field_invalid", at="/reason")
    ok(await service.officer.post(path, json={"reason": "Zły plik"}))

    again = await service.officer.post(path, json={"reason": "Zły plik"})
    absent = await service.officer.post(f"{IMPORTS}/999/annulment", json={"reason": "Zły plik"})

    assert_problem(again, 409, "terc_import_annulled")
    assert_problem(absent, 404, "terc_import_not_found")
    assert (await service.add_unit("201011"))["territory"] == "201011", "no edition is left, so no code is refused"
