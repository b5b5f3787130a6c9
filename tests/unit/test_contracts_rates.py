"""Reading the NBP's files and the rules for a day without a rate of its own."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_contracts.rates.nbp_file import NbpRate, read_nbp
from miernik_contracts.rates.rules import oldest_day
from miernik_shared.problems import Problem

ONE = """{"table":"A","currency":"euro","code":"EUR","rates":[
    {"no":"167/A/NBP/2011","effectiveDate":"2011-08-30","mid":4.1485},
    {"no":"168/A/NBP/2011","effectiveDate":"2011-08-31","mid":4.1445}]}"""
TODAY = date(2011, 9, 1)
TABLES = """[{"table":"A","no":"168/A/NBP/2011","effectiveDate":"2011-08-31","rates":[
    {"currency":"bat (Tajlandia)","code":"THB","mid":0.0957},
    {"currency":"euro","code":"EUR","mid":4.1445},
    {"currency":"rupia indonezyjska","code":"IDR","mid":0.00033621}]}]"""


def test_the_answer_for_one_currency_and_an_array_of_tables_say_the_same() -> None:
    day = date(2011, 8, 31)
    expected = NbpRate("168/A/NBP/2011", day, Decimal("4.144500"))
    one, tables = read_nbp(ONE.encode(), "EUR", TODAY), read_nbp(TABLES.encode(), "EUR", TODAY)
    assert (one.rates[day], tables.rates[day]) == (expected, expected)
    assert (len(one.rates), one.skipped, len(tables.rates), tables.skipped) == (2, 0, 1, 2)


def test_a_rate_is_read_from_its_text() -> None:
    document = ONE.replace("4.1445", "123456.000001")
    assert read_nbp(document.encode(), "EUR", TODAY).rates[date(2011, 8, 31)].rate == Decimal("123456.000001")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff\xfe\x00", 400), (b"[" * 100_000, 400),
        (ONE.replace("4.1445", "NaN").encode(), 400),
        (b"7", 422), (b"[7]", 422), (b"{}", 422), (b'{"rates": 7}', 422), (b'{"rates": [7]}', 422), (b"[]", 422),
        (ONE.replace("EUR", "USD").encode(), 422),
    ],
)  # fmt: skip
def test_what_is_no_file_of_rates_is_refused(content: bytes, status: int) -> None:
    with pytest.raises(Problem) as refusal:
        read_nbp(content, "EUR", TODAY)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("former", "latter", "pointer", "code"),
    [
        ('"table":"A"', '"table":"C"', "/rates/0", "nbp_table_other"),
        ("2011-08-31", "2011-08-32", "/rates/1/effectiveDate", "rate_day_malformed"),
        ("2011-08-31", "20110831", "/rates/1/effectiveDate", "rate_day_malformed"),
        ('"168/A/NBP/2011"', "168", "/rates/1/no", "rate_table_missing"),
        ('"168/A/NBP/2011"', '""', "/rates/1/no", "rate_table_missing"),
        ('"168/A/NBP/2011"', '"\\ud800"', "/rates/1/no", "rate_table_missing"),
        ('"168/A/NBP/2011"', '"\\u0000"', "/rates/1/no", "rate_table_missing"),
        ("4.1445", '"4.1445"', "/rates/1/mid", "rate_malformed"),
        ("4.1445", "0", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "-4.1445", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "true", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "1000000", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "4.1234567", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "4.1445000000000000000000000000000000000001", "/rates/1/mid", "rate_malformed"),
        ("4.1445", "1e-999999", "/rates/1/mid", "rate_malformed"),
        ('"mid":4.1445', '"bid":4.1445', "/rates/1/mid", "rate_malformed"),
        ("2011-08-31", "2011-08-30", "/rates/1", "rate_repeated"),
        ("2011-08-31", "2011-09-02", "/rates/1/effectiveDate", "rate_in_the_future"),
        ("2011-08-31", "2011-08-27", "/rates/1/effectiveDate", "rate_on_a_weekend"),
        ("2011-08-31", "2011-08-28", "/rates/1/effectiveDate", "rate_on_a_weekend"),
        ("2011-08-31", "2011-08-15", "/rates/1/effectiveDate", "rate_on_a_holiday"),
        ("168/A/NBP/2011", "168/A/NBP/2010", "/rates/1/no", "rate_table_of_another_year"),
        ("168/A/NBP/2011", "168", "/rates/1/no", "rate_table_of_another_year"),
        ("168/A/NBP/2011", "167/A/NBP/2011", "/rates/1/no", "rate_table_of_another_day"),
    ],
)
def test_every_fault_is_found_where_it_is(former: str, latter: str, pointer: str, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_nbp(ONE.replace(former, latter).encode(), "EUR", TODAY)
    assert (refusal.value.status, refusal.value.code) == (422, "nbp_file_refused")
    assert (pointer, code) in [(error.pointer, error.code) for error in refusal.value.errors]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Problem) as refusal:
        read_nbp(ONE.replace('"mid":4', '"mid":-4').encode(), "EUR", TODAY)
    assert [error.pointer for error in refusal.value.errors] == ["/rates/0/mid", "/rates/1/mid"]


def test_the_rate_of_today_and_the_same_table_again_are_taken() -> None:
    today = ONE.replace("2011-08-31", TODAY.isoformat()).encode()
    assert TODAY in read_nbp(today, "EUR", TODAY).rates
    first = json.loads(ONE)["rates"][0]
    twice = json.dumps(json.loads(ONE) | {"rates": [first, first]}).encode()
    assert list(read_nbp(twice, "EUR", TODAY).rates) == [date(2011, 8, 30)]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["table", "rates", "code", "no", "effectiveDate", "mid"]), inner)))  # fmt: skip
def test_whatever_json_is_read_or_refused(document: object) -> None:
    with suppress(Problem):
        assert read_nbp(json.dumps(document).encode(), "EUR", TODAY).rates


def test_each_source_has_its_rule_for_a_day_without_a_rate() -> None:
    day = date(2011, 8, 31)
    assert oldest_day("nbp_a", day) == date(2011, 8, 21)
    assert oldest_day("ec_monthly", day) == date(2011, 8, 1)
    assert oldest_day("programming", day) == oldest_day("office", day) == date.min
    assert oldest_day("nbp_a", date(1, 1, 3)) == date.min


@pytest.mark.parametrize(
    ("former", "latter", "pointer"),
    [
        ('"mid":4.1445', '"mid":4.1445,"mid":4.9', "/rates/1/mid"),
        ('"code":"EUR"', '"code":"USD","code":"EUR"', "/code"),
        ('"mid":4.1485', '"mid":4.1485,"m\\u0069d":4.1485', "/rates/0/mid"),
    ],
)
def test_key_given_twice_is_refused_by_its_place(former: str, latter: str, pointer: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_nbp(ONE.replace(former, latter).encode(), "EUR", TODAY)

    assert refusal.value.status == 422
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [(pointer, "key_repeated")]
