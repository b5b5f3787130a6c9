"""The territorial register: files of different days in any order, and what is said about a bad one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.databases.postgres import PostgresServer, drop_database, fresh_database
from tests.support.regions.terc_files import GMINY, HEADERS, Gmina, changed, terc_file, without
from tests.support.services.indicators_service import CSV, IndicatorsService, running_indicators

from miernik_local.provision import DatabaseUrls

FIRST = terc_file(GMINY, "2011-01-01")
BECAME_A_TOWN = changed(GMINY, "040802", kind="3")
SECOND = terc_file((*BECAME_A_TOWN, Gmina("040803", "2", "Nowa Wieś")), "2015-01-01")
THIRD = terc_file(changed(without(BECAME_A_TOWN, "041902"), "221208", name="Redzikowo"), "2020-01-01")
FILES = {"first": FIRST, "second": SECOND, "third": THIRD}
INTERVALS = """
    select code, kind, name, valid_from::text, valid_to::text from territory
    where code in ('040802', '040803', '041902', '221208', '040201') order by code, kind, valid_from
"""
EXPECTED = [
    ("040201", "1", "Brodnica", "1999-01-01", None),
    ("040802", "2", "Bobrowniki", "1999-01-01", "2015-01-01"),
    ("040802", "3", "Bobrowniki", "2015-01-01", None),
    ("040802", "4", "Bobrowniki", "2015-01-01", None),
    ("040802", "5", "Bobrowniki", "2015-01-01", None),
    ("040803", "2", "Nowa Wieś", "2015-01-01", "2020-01-01"),
    ("041902", "2", "Gąsawa", "1999-01-01", "2020-01-01"),
    ("221208", "2", "Redzikowo", "2020-01-01", None),
    ("221208", "2", "Słupsk", "1999-01-01", "2020-01-01"),
]


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[IndicatorsService]:
    async with running_indicators(database) as running:
        yield running


@pytest.mark.parametrize("order", list(permutations(FILES)), ids="-".join)
async def test_the_files_give_the_same_intervals_in_any_order(
    postgres_server: PostgresServer, order: tuple[str, ...]
) -> None:
    urls = fresh_database(postgres_server)
    async with running_indicators(urls) as service:
        for name in order:
            ok(await service.import_register(FILES[name]))
        assert sorted(service.query(INTERVALS)) == EXPECTED
    drop_database(postgres_server, urls)


@pytest.mark.parametrize("header", HEADERS)
async def test_both_spellings_of_the_header_are_read(service: IndicatorsService, header: str) -> None:
    receipt = ok(await service.import_register(terc_file(header=header)))
    assert (receipt["as_of"], receipt["entries"], receipt["replayed"]) == ("2011-01-01", 14, False)


async def test_the_same_file_again_does_nothing(service: IndicatorsService) -> None:
    first = await service.import_register()
    before = service.row_counts()
    again = await service.import_register()

    assert (first.status_code, again.status_code) == (201, 200)
    assert {"200", "201"} <= service.app.openapi()["paths"]["/v1/territory-imports"]["post"]["responses"].keys()
    assert again.json() == first.json() | {"replayed": True}
    assert service.row_counts() == before


async def test_another_file_of_the_same_day_takes_the_place_of_the_former(service: IndicatorsService) -> None:
    ok(await service.import_register())
    ok(await service.import_register(terc_file(changed(GMINY, "040201", name="Brodnica nad Drwęcą"))))
    names = service.query("select name, valid_to from territory where code = '040201'")
    assert names == [("Brodnica nad Drwęcą", None)]
    ok(await service.import_register())
    assert service.query("select name, valid_to from territory where code = '040201'") == [("Brodnica", None)]


async def test_a_powiat_that_is_a_city_for_a_time_has_three_intervals(service: IndicatorsService) -> None:
    for day in ("2011-01-01", "2012-01-01", "2013-01-01"):
        file = terc_file(day=day).decode("utf-8-sig")
        if day.startswith("2012"):
            file = file.replace("powiat 0419;powiat;", "powiat 0419;miasto na prawach powiatu;")
        ok(await service.import_register(file.encode()))
    rows = service.query("select kind_name, valid_to::text from territory where code = '0419' order by valid_from")

    assert rows == [("powiat", "2012-01-01"), ("miasto na prawach powiatu", "2013-01-01"), ("powiat", None)]


async def test_two_files_at_once_both_count(service: IndicatorsService) -> None:
    answers = await asyncio.gather(*(service.import_register(file) for file in FILES.values()))

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert sorted(service.query(INTERVALS)) == EXPECTED


async def test_entries_are_listed_for_a_day_in_polish_order(service: IndicatorsService) -> None:
    for file in FILES.values():
        ok(await service.import_register(file))
    on_first = ok(await service.officer.get("/v1/territories", params={"level": "gmina", "on": "2014-12-31"}))
    names = [(one["name"], one["kind"]) for one in on_first["items"]]
    assert names == [
        ("Bobrowniki", "2"), ("Bobrowo", "2"), ("Brodnica", "1"), ("Gąsawa", "2"), ("Górzno", "3"), ("Górzno", "4"),
        ("Górzno", "5"), ("Słupsk", "2"),
    ]  # fmt: skip
    later = ok(await service.officer.get("/v1/territories", params={"parent": "0408", "on": "2015-01-01"}))
    assert [(one["code"], one["kind"]) for one in later["items"]] == [
        ("040802", "3"), ("040802", "4"), ("040802", "5"), ("040803", "2"),
    ]  # fmt: skip


async def test_pages_follow_each_other_without_gap_or_repetition(service: IndicatorsService) -> None:
    ok(await service.import_register())
    whole = ok(await service.officer.get("/v1/territories"))["items"]
    paged, address = [], "/v1/territories?limit=3"
    while address:
        answer = await service.officer.get(address)
        paged += ok(answer)["items"]
        address = answer.links.get("next", {}).get("url")

    assert paged == whole
    assert len(whole) == 14


async def test_a_code_that_is_gone_still_has_its_history(service: IndicatorsService) -> None:
    for file in FILES.values():
        ok(await service.import_register(file))
    history = ok(await service.officer.get("/v1/territories/041902"))

    assert [entry["valid_to"] for entry in history["entries"]] == ["2020-01-01"]


async def test_a_bad_file_is_refused_with_all_findings_by_row(service: IndicatorsService) -> None:
    lines = terc_file().decode("utf-8-sig").splitlines()
    lines[2] = lines[2].replace("22;", "2;", 1)
    lines[7] = lines[7] + ";more"
    lines[9] = lines[9].replace("2011-01-01", "01.01.2011")
    lines.append(lines[8])
    answer = await service.import_register("\r\n".join(lines).encode())
    found = [(error["row"], error["code"]) for error in answer.json()["errors"]]

    assert answer.status_code == 422
    assert (3, "terc_bad_code") in found
    assert (8, "terc_wrong_width") in found
    assert (10, "terc_bad_date") in found
    assert (len(lines), "terc_duplicate_entry") in found
    assert all("{" not in error["message"] for error in answer.json()["errors"])
    assert service.row_counts()["territory_import"] == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"nonsense", "terc_unknown_header"),
        (terc_file().decode("utf-8-sig").encode("cp1250"), "terc_wrong_encoding"),
        (HEADERS[0].encode(), "terc_no_entries"),
    ],
    ids=["nonsense", "encoding", "empty"],
)
async def test_a_file_that_is_no_register_is_refused(service: IndicatorsService, content: bytes, code: str) -> None:
    answer = await service.officer.post("/v1/territory-imports", content=content, headers=CSV)
    assert_problem(answer, 422, code)
