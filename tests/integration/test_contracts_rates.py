"""Exchange rates: recorded, imported, corrected, and the one that holds on a day."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.contracts_service import ContractsService, running_contracts

from miernik_contracts.rates.nbp_file import NbpFile, read_nbp
from miernik_local.provision import DatabaseUrls

IMPORT = "/v1/exchange-rate-imports?source=nbp_a"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    async with running_contracts(database) as running:
        yield running


@pytest.fixture(scope="module")
async def shared(module_database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    """For tests that change nothing."""
    async with running_contracts(module_database) as running:
        yield running


def answer(*rates: tuple[str, str], code: str = "EUR") -> bytes:
    """An answer of the NBP's API; rates as their digits."""
    entries = ",".join(
        f'{{"no":"{number}/A/NBP/2011","effectiveDate":"{day}","mid":{mid}}}' for number, (day, mid) in enumerate(rates)
    )
    return f'{{"table":"A","currency":"euro","code":"{code}","rates":[{entries}]}}'.encode()


async def in_force(service: ContractsService, on: str, source: str = "nbp_a", **query: str) -> httpx.Response:
    return await service.officer.get(
        "/v1/exchange-rates/in-force", params={"source": source, "on": on, "currency": "EUR", **query}
    )


async def test_an_answer_of_the_nbp_is_taken_as_it_is(service: ContractsService) -> None:
    file = answer(("2011-08-30", "4.1485"), ("2011-08-31", "4.1445"))
    receipt = ok(await service.officer.post(IMPORT, content=file))
    assert receipt == {
        "source": "nbp_a", "currency": "EUR", "rates": 2, "added": 2, "corrected": 0, "unchanged": 0, "skipped": 0,
        "first_on": "2011-08-30", "last_on": "2011-08-31", "position": 1,
    }  # fmt: skip
    listed = ok(await service.officer.get("/v1/exchange-rates"))["items"]
    assert [(rate["effective_on"], rate["rate"], rate["table_no"]) for rate in listed] == [
        ("2011-08-31", "4.144500", "1/A/NBP/2011"),
        ("2011-08-30", "4.148500", "0/A/NBP/2011"),
    ]


async def test_what_is_known_is_not_recorded_again_and_a_correction_is_a_later_row(service: ContractsService) -> None:
    ok(await service.officer.post(IMPORT, content=answer(("2011-08-30", "4.1485"))))
    again = await service.officer.post(IMPORT, content=answer(("2011-08-30", "4.1485000")))
    assert (again.status_code, again.json()["unchanged"], again.headers["miernik-position"]) == (200, 1, "contracts=1")
    corrected = ok(await service.officer.post(IMPORT, content=answer(("2011-08-30", "4.1"), ("2011-08-31", "4.2"))))
    assert (corrected["added"], corrected["corrected"], corrected["unchanged"]) == (1, 1, 0)
    known_before = service.query("select at from change where position = 1")[0][0].isoformat()
    assert ok(await in_force(service, "2011-08-30"))["rate"] == "4.100000"
    assert ok(await in_force(service, "2011-08-30", known_at=known_before))["rate"] == "4.148500"
    assert service.query("select count(*) from exchange_rate") == [(3,)]


async def test_half_a_bad_file_is_nothing(service: ContractsService) -> None:
    file = answer(("2011-08-30", "4.1485"), ("2011-08-31", "0"))
    refused = await service.officer.post(IMPORT, content=file)
    assert_problem(refused, 422, "nbp_file_refused")
    assert_problem(refused, 422, "rate_malformed")
    polish = refused.json()["errors"][0]["message"]
    english = await service.officer.post(IMPORT, content=file, headers={"Accept-Language": "en"})
    assert polish.startswith("Kurs jest liczbą")
    assert english.json()["errors"][0]["message"].startswith("A rate is a number")
    assert service.query("select count(*) from exchange_rate") == [(0,)]


async def test_a_table_of_many_currencies_gives_the_wanted_one(service: ContractsService) -> None:
    rates = [{"code": "THB", "mid": 0.0957}, {"code": "EUR", "mid": 4.1445}, {"code": "USD", "mid": 2.8757}]
    table = [{"table": "A", "no": "168/A/NBP/2011", "effectiveDate": "2011-08-31", "rates": rates}]
    receipt = ok(await service.officer.post(IMPORT, content=json.dumps(table)))
    assert (receipt["rates"], receipt["skipped"]) == (1, 2)
    dollar = ok(await service.officer.post(f"{IMPORT}&currency=USD", content=json.dumps(table)))
    assert (dollar["currency"], dollar["added"]) == ("USD", 1)


async def test_a_day_without_a_table_takes_the_last_one_before_it_and_says_which(service: ContractsService) -> None:
    ok(await service.officer.post(IMPORT, content=answer(("2011-08-26", "4.1512"), ("2011-09-30", "4.4112"))))
    sunday = ok(await in_force(service, "2011-08-28"))
    assert (sunday["effective_on"], sunday["asked_on"], sunday["rate"]) == ("2011-08-26", "2011-08-28", "4.151200")
    assert ok(await in_force(service, "2011-09-05"))["table_no"] == "0/A/NBP/2011"
    for day in ("2011-09-06", "2011-08-25", "0001-01-01"):
        refused = await in_force(service, day)
        assert_problem(refused, 422, "rate_unknown")
        assert day in refused.json()["detail"]


async def test_a_table_is_of_one_day_until_it_is_corrected(service: ContractsService) -> None:
    wednesday = {"table_no": "168/A/NBP/2011", "source": "nbp_a", "rate": "4.1445", "effective_on": "2011-08-31"}
    ok(await service.post("/v1/exchange-rates", wednesday))
    refused = await service.post("/v1/exchange-rates", wednesday | {"effective_on": "2011-08-30"})
    assert_problem(refused, 422, "rate_table_of_another_day")
    assert "2011-08-31" in refused.json()["errors"][0]["message"]
    ok(await service.post("/v1/exchange-rates", wednesday | {"effective_on": "2011-08-30", "currency": "USD"}))
    file = answer(("2011-08-29", "4.15"), ("2011-08-30", "4.14")).replace(b'"1/A', b'"168/A')
    imported = await service.officer.post(IMPORT, content=file)
    assert_problem(imported, 422, "rate_table_of_another_day", at="/rates/1/no")
    assert service.query("select count(*) from exchange_rate") == [(2,)]
    # The file says itself what the table of the 31st is: that of the 30th is free.
    corrected = answer(("2011-08-30", "4.14"), ("2011-08-31", "4.1445")).replace(b'"0/A', b'"168/A')
    corrected = corrected.replace(b'"1/A', b'"169/A')
    ok(await service.officer.post(IMPORT, content=corrected))
    assert ok(await in_force(service, "2011-08-30"))["table_no"] == "168/A/NBP/2011"
    ok(await service.post("/v1/exchange-rates", wednesday | {"table_no": "170/A/NBP/2011"}))


async def test_a_table_that_was_corrected_away_is_free_for_another_day(service: ContractsService) -> None:
    wednesday = {"table_no": "168/A/NBP/2011", "source": "nbp_a", "rate": "4.1445", "effective_on": "2011-08-31"}
    ok(await service.post("/v1/exchange-rates", wednesday))
    ok(await service.post("/v1/exchange-rates", wednesday | {"table_no": "169/A/NBP/2011"}))
    moved = await service.post("/v1/exchange-rates", wednesday | {"effective_on": "2011-08-30"})

    assert (moved.status_code, moved.json()["table_no"]) == (201, "168/A/NBP/2011")


async def test_each_source_is_its_own(service: ContractsService) -> None:
    await service.add_rate("3.55", "2007-01-01")
    await service.add_rate("3.9801", "2011-08-01", "ec_monthly")
    await service.add_rate("4.0082", "2011-08-01", "office", office="04")
    await service.add_rate("4.5", "2011-08-01", "office", office="32")
    assert ok(await in_force(service, "2030-01-01", "programming"))["rate"] == "3.550000"
    assert ok(await in_force(service, "2011-08-31", "ec_monthly"))["rate"] == "3.980100"
    assert_problem(await in_force(service, "2011-09-01", "ec_monthly"), 422, "rate_unknown")
    assert ok(await in_force(service, "2011-12-31", "office", office="04"))["rate"] == "4.008200"
    assert ok(await in_force(service, "2011-12-31", "office", office="32"))["rate"] == "4.500000"
    for source, query in (("office", {}), ("nbp_a", {"office": "04"})):
        refused = await in_force(service, "2011-08-31", source, **query)
        assert_problem(refused, 422, "rate_office_wrong")


async def test_one_rate_again_changes_nothing_and_another_corrects_it(service: ContractsService) -> None:
    first = await service.add_rate("4.0082", "2011-08-01", "office", office="04")
    body = {"source": "office", "office": "04", "effective_on": "2011-08-01", "rate": "4.008200"}
    again = await service.post("/v1/exchange-rates", body)
    assert (again.status_code, again.json()) == (200, first)
    corrected = await service.post("/v1/exchange-rates", body | {"rate": "4.01"})
    assert (corrected.status_code, corrected.json()["position"]) == (201, 2)
    before, after = service.query("select before, after from change where position = 2")[0]
    assert (before["rate"], after["rates"][0]["rate"]) == ("4.008200", "4.010000")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"source": "nbp_a"}, "rate_table_missing"),
        ({"source": "office"}, "rate_office_wrong"),
        ({"office": "04"}, "rate_office_wrong"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2050", "effective_on": "2050-08-30"}, "rate_in_the_future"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2011", "effective_on": "2011-08-27"}, "rate_on_a_weekend"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2011", "effective_on": "2011-08-28"}, "rate_on_a_weekend"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2010"}, "rate_table_of_another_year"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2011", "effective_on": "2011-06-23"}, "rate_on_a_holiday"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/2025", "effective_on": "2025-12-24"}, "rate_on_a_holiday"),
        ({"source": "office", "office": "04", "effective_on": "2999-01-01"}, "rate_in_the_future"),
        ({"source": "programming", "effective_on": "2999-01-01"}, "day_too_late"),
        ({"source": "nbp_a", "table_no": "1/A/NBP/0011", "effective_on": "0011-08-28"}, "day_year_incomplete"),
        ({"source": "ec_monthly", "effective_on": "2011-08-02"}, "rate_month_starts"),
        ({"currency": "PLN"}, "rate_currency_home"),
        ({"currency": "euro"}, "field_invalid"),
        ({"rate": 4.1445}, "field_invalid"),
        ({"rate": "4,1445"}, "field_invalid"),
        ({"rate": "4.1445 EUR"}, "field_invalid"),
        ({"rate": "4.1234567"}, "field_invalid"),
        ({"rate": "0"}, "field_invalid"),
        ({"rate": "٤"}, "field_invalid"),
        ({"rate": True}, "field_invalid"),
        ({"rate": None}, "field_invalid"),
        ({"rate": "1e1"}, "field_invalid"),
        ({"effective_on": "31.08.2011"}, "field_invalid"),
        ({"source": "ecb"}, "field_invalid"),
    ],
)
async def test_a_wrong_rate_is_refused(shared: ContractsService, changed: dict[str, Any], expected: str) -> None:
    body = {"source": "programming", "effective_on": "2011-08-31", "rate": "3.55"} | changed
    refused = await shared.post("/v1/exchange-rates", body)

    assert_problem(refused, 422, expected)
    assert shared.query("select count(*) from exchange_rate") == [(0,)]


async def test_large_file_of_rates_is_parsed_in_a_thread(
    shared: ContractsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def note_thread(content: bytes, currency: str, today: date) -> NbpFile:
        threads.append(threading.current_thread())
        return read_nbp(content, currency, today)

    monkeypatch.setattr("miernik_contracts.rates.service.read_nbp", note_thread)
    content = b'{"table": "A", "code": "EUR", "rates": [' + b",".join([b"{}"] * 41_000) + b"]}"
    answer = await shared.officer.post(IMPORT, content=content, headers={"Content-Type": "application/json"})

    assert_problem(answer, 413, "rows_too_many")
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()
