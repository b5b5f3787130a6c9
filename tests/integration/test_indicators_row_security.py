"""Visibility of data: the checks of the routes, and row-level security of the database behind them."""

from __future__ import annotations

from typing import Any, LiteralString

import httpx
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, UniqueViolation
from psycopg.types.json import Jsonb
from sqlalchemy import text
from tests.support.answers import assert_problem, ok
from tests.support.endpoints.matrix import NOBODY
from tests.support.regions.sample_region import units_by_code
from tests.support.regions.terc_files import GMINY, Gmina, terc_file
from tests.support.services.indicators_service import IndicatorsService, csv, sheet

OWNED = ("unit_return", "submission", "finding", "kept_file", "coverage", "observation", "submission_unit")


@pytest.fixture
async def returns(shared_service: IndicatorsService) -> dict[str, Any]:
    """Brodnica's own return, Bobrowo's rejected attempt, and a collective return for Bobrowo and Górzno."""
    service = shared_service
    if not service.row_counts()["observation"]:
        ok(await service.send(csv("7.1-1;;10")))
        await service.send(csv("7.1-1;;x%"), unit="OPS-040202")
        ok(await service.send(sheet("OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30"), unit="ROPS-04"))
    listed = ok(await service.officer.get("/v1/submissions"))["items"]
    return {"collective": next(one["id"] for one in listed if one["unit"] == "ROPS-04"), **await units_by_code(service)}


def gmina(service: IndicatorsService, returns: dict[str, Any], code: str) -> httpx.AsyncClient:
    return service.gmina(returns[code])


async def list_submissions(caller: httpx.AsyncClient) -> list[tuple[str, str]]:
    items = ok(await caller.get("/v1/submissions"))["items"]
    return sorted((one["unit"], one["outcome"]) for one in items)


async def test_each_sees_its_own_submissions_and_those_that_cover_it(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    def by(code: str) -> httpx.AsyncClient:
        return gmina(shared_service, returns, code)

    assert len(await list_submissions(shared_service.officer)) == 3
    assert await list_submissions(by("OPS-040201")) == [("OPS-040201", "accepted_with_warnings")]
    both = [("OPS-040202", "rejected"), ("ROPS-04", "accepted_with_warnings")]
    assert await list_submissions(by("OPS-040202")) == both


async def test_a_covered_gmina_sees_the_header_and_neither_file_nor_findings(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    collective = shared_service.query("select id::text from submission where outcome <> 'rejected' order by 1 desc")[0][
        0
    ]
    caller = gmina(shared_service, returns, "OPS-040203")
    header = ok(await caller.get(f"/v1/submissions/{collective}"))
    assert (header["unit"], header["is_current"], header["first_findings"]) == ("ROPS-04", True, [])
    assert (await caller.get(f"/v1/submissions/{collective}/file")).status_code == 404
    observations = ok(await caller.get("/v1/observations", params={"indicator": "7.1-1", "as_of": "2011-06-30"}))
    assert [(one["unit"], one["value"]) for one in observations["items"]] == [("OPS-040203", "30.000000")]


@pytest.mark.parametrize("path", ["", "/findings", "/file"])
async def test_a_foreign_submission_is_not_there(
    shared_service: IndicatorsService, returns: dict[str, Any], path: str
) -> None:
    for (submission,) in shared_service.query("select id::text from submission"):
        foreign = await gmina(shared_service, returns, "OPS-041902").get(f"/v1/submissions/{submission}{path}")
        assert_problem(foreign, 404, "submission_unknown")


async def test_a_gminas_figures_are_for_its_units_and_the_region(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    own = gmina(shared_service, returns, "OPS-040203")
    query = {"as_of": "2011-06-30", "territory": "040203"}
    assert (await shared_service.row("7.1-1", by=own, **query))["achieved"] == "30.000000"
    for foreign in ("040202", "0408022"):
        answer = await own.get("/v1/reports/indicators", params=query | {"territory": foreign})
        assert_problem(answer, 403, "territory_not_yours")
    assert (
        await own.get("/v1/observations", params=query | {"indicator": "7.1-1", "territory": "040202"})
    ).status_code == 403


async def test_a_gmina_without_units_is_forbidden_to_a_unit(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    ok(await shared_service.import_register(terc_file((*GMINY, Gmina("040299", "2", "Pusta")), day="2011-03-01")))
    unit = gmina(shared_service, returns, "OPS-040203")
    query = {"as_of": "2011-06-30", "territory": "040299"}

    answers = [
        await unit.get("/v1/reports/indicators", params=query),
        await unit.get("/v1/observations", params=query | {"indicator": "7.1-1"}),
    ]

    for answer in answers:
        assert_problem(answer, 403, "territory_not_yours")

    assert (await shared_service.row("7.1-1", **query))["achieved"] is None


async def test_a_gmina_with_one_foreign_unit_is_forbidden(service: IndicatorsService) -> None:
    await service.add_unit("040201", code="OPS-DRUGI")
    units = await units_by_code(service)
    query = {"as_of": "2011-06-30", "territory": "040201"}

    one = await service.gmina(units["OPS-040201"]).get("/v1/reports/indicators", params=query)
    both = await service.gmina(units["OPS-040201"], units["OPS-DRUGI"]).get("/v1/reports/indicators", params=query)

    assert_problem(one, 403, "territory_not_yours")
    assert both.status_code == 200


async def test_totals_of_a_powiat_are_everyones_now_and_in_the_past(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    own = gmina(shared_service, returns, "OPS-041902")
    (known_at,) = shared_service.query("select clock_timestamp()")[0]
    query = {"as_of": "2011-06-30", "territory": "0402"}
    now = await shared_service.row("7.1-1", by=own, **query)
    past = await shared_service.row("7.1-1", by=own, known_at=known_at.isoformat(), **query)

    assert (now["achieved"], past["achieved"]) == ("60.000000", "60.000000")


@pytest.mark.parametrize("table", OWNED)
@pytest.mark.parametrize("settings", ["", "off", "off and empty"])
async def test_the_database_shows_no_row_to_nobody(
    shared_service: IndicatorsService, returns: dict[str, Any], table: str, settings: str
) -> None:
    with psycopg.connect(shared_service.urls.app["indicators"]) as connection:
        if settings:
            connection.execute("select set_config('miernik.region', 'off', true)")
        if settings == "off and empty":
            connection.execute("select set_config('miernik.units', '', true)")
        count = connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type]
        assert count == (0,)
    assert shared_service.row_counts()[table] > 0


@pytest.mark.parametrize("table", OWNED)
async def test_the_database_shows_a_unit_its_own_rows_only(
    shared_service: IndicatorsService, returns: dict[str, Any], table: LiteralString
) -> None:
    (unit_no, unit_id) = shared_service.query("select unit_no, id::text from reporting_unit where code = 'OPS-040201'")[
        0
    ]
    with psycopg.connect(shared_service.urls.app["indicators"]) as connection:
        connection.execute("select set_config('miernik.units', %s, true)", [unit_id])
        rows = connection.execute(f"select distinct unit_no from {table}").fetchall()
    may_be_none = table in ("finding", "submission_unit")

    assert rows in ([(unit_no,)], []) if may_be_none else rows == [(unit_no,)]


async def test_the_settings_of_one_request_do_not_reach_the_next(
    shared_service: IndicatorsService, returns: dict[str, Any]
) -> None:
    for _ in range(3):
        assert len(await list_submissions(shared_service.officer)) == 3
        assert await list_submissions(shared_service.caller("nobody", region=False)) == []
        ok(await shared_service.officer.get("/v1/forms"))
    # As many as the pool may have connections, which it hands out in turn: each was last used for a unit.
    for _ in range(shared_service.app.state.service.engine.pool.size()):
        assert await list_submissions(shared_service.caller("stranger", region=False, units=[NOBODY])) == []
    pool = shared_service.app.state.service.engine
    async with pool.connect() as first, pool.connect() as second:
        for connection in (first, second):
            for name in ("miernik.region", "miernik.units"):
                left = await connection.execute(text("select current_setting(:name, true)"), {"name": name})
                assert left.scalar_one() in (None, ""), name


@pytest.mark.parametrize("unit", ["OPS-040202", "OPS-040201"])
async def test_the_database_takes_no_row_for_a_foreign_unit(
    shared_service: IndicatorsService, returns: dict[str, Any], unit: str
) -> None:
    (own,) = shared_service.query("select id::text from reporting_unit where code = 'OPS-040201'")[0]
    (unit_no,) = shared_service.query("select unit_no from reporting_unit where code = %s", unit)[0]
    with psycopg.connect(shared_service.urls.app["indicators"]) as connection:
        connection.execute("select set_config('miernik.units', %s, true)", [own])
        statement = f"insert into coverage values (99, {unit_no}, '2000-01-01', 99, 99)"
        if unit == "OPS-040201":
            connection.execute(statement)  # type: ignore[arg-type]
        else:
            with pytest.raises(InsufficientPrivilege, match="row-level security"):
                connection.execute(statement)  # type: ignore[arg-type]
        connection.rollback()


def row_of_another(service: IndicatorsService, table: LiteralString) -> tuple[Any, str]:
    """A stored row of a unit other than OPS-040201, as JSON, and the id of that unit."""
    statement: LiteralString = """
        select to_jsonb(t), u.id::text from {} t join reporting_unit u using (unit_no)
        where u.code <> 'OPS-040201' limit 1
    """
    row, unit_id = service.query(statement.format(table))[0]
    return row, unit_id


@pytest.mark.parametrize("table", OWNED)
async def test_the_database_refuses_a_foreign_row_in_every_table(
    shared_service: IndicatorsService, returns: dict[str, Any], table: LiteralString
) -> None:
    row, owner = row_of_another(shared_service, table)
    insert = f"insert into {table} select (jsonb_populate_record(null::{table}, %s)).*"

    with psycopg.connect(shared_service.urls.app["indicators"]) as connection:
        connection.execute("select set_config('miernik.units', %s, true)", [returns["OPS-040201"]["id"]])
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            connection.execute(insert, [Jsonb(row)])  # type: ignore[arg-type]
        connection.rollback()
        connection.execute("select set_config('miernik.units', %s, true)", [owner])
        with pytest.raises(UniqueViolation):
            connection.execute(insert, [Jsonb(row)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update unit_return set period = 'x' || return_no", "unit_return"),
        ("update coverage set submission_no = 0", "coverage"),
        ("delete from coverage", "coverage"),
    ],
)
async def test_the_database_changes_a_units_own_rows_only(
    shared_service: IndicatorsService, returns: dict[str, Any], statement: LiteralString, table: LiteralString
) -> None:
    counted: LiteralString = "select count(*) from {} join reporting_unit u using (unit_no) where u.code = 'OPS-040201'"
    (own,) = shared_service.query(counted.format(table))[0]

    with psycopg.connect(shared_service.urls.app["indicators"]) as connection:
        connection.execute("select set_config('miernik.units', %s, true)", [returns["OPS-040201"]["id"]])
        affected = connection.execute(statement).rowcount
        connection.rollback()

    assert affected == own
    assert shared_service.row_counts()[table] > own


async def test_a_unit_sends_for_itself_and_corrects_itself(service: IndicatorsService) -> None:
    units = await units_by_code(service)
    own = service.gmina(units["OPS-040201"])
    ok(await service.send(csv("7.1-1;;10", "7.1-2;;3", "7.1-3;;n/d"), by=own))
    ok(await service.send(csv("7.1-1;;11", "7.1-2;;4", "7.1-3;;5"), by=own, if_match='"v1"'))
    rows = [(await service.row(code, as_of="2011-06-30"))["achieved"] for code in ("7.1-1", "7.1-2", "7.1-3")]
    assert rows == ["11.000000", "4.000000", "5.000000"]
    unknown = await service.send(csv("7.1-1;;1"), by=own, unit=units["OPS-040202"]["id"])
    assert unknown.status_code == 403


async def test_gmina_dropped_from_a_collective_return_still_sees_its_past_figures(
    service: IndicatorsService,
) -> None:
    first = await service.send(sheet("OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30"), unit="ROPS-04")
    ok(first)
    then = service.query("select clock_timestamp()")[0][0].isoformat()
    corrected = sheet("OPS-040202;7.1-1;;20")
    ok(await service.send(corrected, unit="ROPS-04", if_match=first.headers["ETag"]))
    units = await units_by_code(service)
    query = {"as_of": "2011-06-30", "territory": "040203", "known_at": then}
    for caller in (service.officer, service.gmina(units["OPS-040203"])):
        rows = ok(await caller.get("/v1/reports/indicators", params=query))["rows"]
        assert next(row["achieved"] for row in rows if row["indicator"] == "7.1-1") == "30.000000"
