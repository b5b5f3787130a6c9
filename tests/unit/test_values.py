"""Percentages, territory codes and days."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from miernik_shared.values.as_of import WARSAW, FixedClock, SystemClock, warsaw_day
from miernik_shared.values.percentage import half_up, percentage
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

# --- percentages ---


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (406, 3896, "10.42"),
        (250, 3896, "6.42"),
        (448, 5994, "7.47"),
        (513, 3896, "13.17"),
        (957, 5994, "15.97"),
        (260, 3896, "6.67"),
        (7009, 10000, "70.09"),
        (2539, 3600, "70.53"),
        (5669, 8000, "70.86"),
        (351, 700, "50.14"),
        (7, 12, "58.33"),
        (1514, 5000, "30.28"),
        (202, 331, "61.03"),
        (0, 19, "0.00"),
        ("114530306.39", 208426400, "54.95"),
        ("104176985.13", 138884130, "75.01"),
        ("15843856.54", 30201787, "52.46"),
        ("234551148.06", 377512317, "62.13"),
    ],
)
def test_percentage_gives_the_printed_figure(numerator: int | str, denominator: int, printed: str) -> None:
    assert str(percentage(Decimal(numerator), Decimal(denominator))) == printed


def test_percentage_rounds_half_up_where_an_old_table_was_truncated() -> None:
    assert percentage(Decimal(114), Decimal(3896)) == Decimal("2.93")  # the table prints 2,92


def test_percentage_of_a_total_is_computed_from_sums() -> None:
    parts = [("114530306.39", "208426400"), ("104176985.13", "138884130"), ("15843856.54", "30201787")]
    signed = sum((Decimal(part) for part, _ in parts), Decimal())
    allocated = sum((Decimal(base) for _, base in parts), Decimal())

    assert percentage(signed, allocated) == Decimal("62.13")


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [
        (None, Decimal(5)),
        (Decimal(5), None),
        (None, None),
        (Decimal(5), Decimal(0)),
        (Decimal(0), Decimal("0.00")),
    ],
)
def test_percentage_is_missing_without_a_part_or_a_base(numerator: Decimal | None, denominator: Decimal | None) -> None:
    assert percentage(numerator, denominator) is None


def test_percentage_may_pass_one_hundred() -> None:
    assert str(percentage(Decimal(47), Decimal(13))) == "361.54"


@pytest.mark.parametrize("part", ["NaN", "sNaN", "Infinity"])
def test_percentage_refuses_what_is_not_a_number(part: str) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        percentage(Decimal(part), Decimal(1))
    with pytest.raises(ValueError, match="no percentage"):
        percentage(Decimal(1), Decimal(part))


amounts = st.decimals(min_value=0, max_value=10**16, places=2)
bases = st.decimals(min_value=Decimal("0.01"), max_value=10**16, places=2)


@given(amounts, bases)
@example(Decimal("0.00004999999999999999999999999999999999"), Decimal(1))  # a tie only after 28 digits
@example(Decimal(1), Decimal("20000." + "0" * 70 + "1"))  # a tie only after 76 digits
@example(Decimal("0.125"), Decimal("1000"))
def test_percentage_equals_exact_arithmetic_rounded_once(numerator: Decimal, denominator: Decimal) -> None:
    hundredths = floor(Fraction(numerator) * 10_000 / Fraction(denominator) + Fraction(1, 2))
    result = percentage(numerator, denominator)

    assert result is not None
    assert Fraction(result) == Fraction(hundredths, 100)
    assert result.as_tuple().exponent == -2


@given(amounts, bases)
def test_percentage_of_a_correction_mirrors_that_of_the_amount(numerator: Decimal, denominator: Decimal) -> None:
    result = percentage(numerator, denominator)

    assert result is not None
    assert percentage(-numerator, denominator) == -result


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.125", 2, "0.13"),
        ("0.135", 2, "0.14"),
        ("-0.125", 2, "-0.13"),
        ("-0.001", 2, "0.00"),
        ("60.7272", 1, "60.7"),
        ("21566.666667", 2, "21566.67"),
        ("2.5", 0, "3"),
        ("11", 1, "11.0"),
        ("12345678901234567890123456789012345678.005", 2, "12345678901234567890123456789012345678.01"),
    ],
)
def test_half_up(value: str, places: int, rounded: str) -> None:
    assert str(half_up(Decimal(value), places)) == rounded


@pytest.mark.parametrize("value", ["NaN", "sNaN", "-Infinity"])
def test_half_up_refuses_what_is_not_a_number(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be rounded"):
        half_up(Decimal(value), 2)


# --- territory codes ---


@pytest.mark.parametrize(
    ("text", "code", "kind", "level", "powiat"),
    [
        ("04", "04", "", "voivodeship", None),
        ("0402", "0402", "", "powiat", "0402"),
        ("040201", "040201", "", "gmina", "0402"),
        ("0402011", "040201", "1", "gmina", "0402"),
        ("060802_2", "060802", "2", "gmina", "0608"),
        (" \u00a00608022\t", "060802", "2", "gmina", "0608"),
        ("04 02", "0402", "", "powiat", "0402"),
        ("04 04 03 2", "040403", "2", "gmina", "0404"),
        ("0404 03", "040403", "", "gmina", "0404"),
        ("040403-2", "040403", "2", "gmina", "0404"),
        ("04-04\u201303\u00a02", "040403", "2", "gmina", "0404"),
        ("'0404032", "040403", "2", "gmina", "0404"),
        ('="0404032"', "040403", "2", "gmina", "0404"),
    ],
)
def test_a_territory_code_is_read(text: str, code: str, kind: str, level: str, powiat: str | None) -> None:
    read = TerritoryCode.parse(text)

    assert (read.code, read.kind, read.level, read.powiat) == (code, kind, level, powiat)
    assert read.voivodeship == code[:2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        "0400",
        "040200",
        "04020112",
        "0402010",
        "040201_0",
        "0402_1",
        "04/02",
        "O4",
        "٠٤",
        "0402.0",
    ],
)
def test_what_is_no_territory_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="territory code") as refusal:
        TerritoryCode.parse(text)
    assert not isinstance(refusal.value, LostLeadingZero)


@pytest.mark.parametrize(
    ("text", "restored"),
    [("4", "04"), ("402", "0402"), (" 40201 ", "040201"), ("40201_1", "040201_1"), ("4 02 01", "040201")],
)
def test_a_lost_leading_zero_is_named_and_put_back(text: str, restored: str) -> None:
    with pytest.raises(LostLeadingZero) as refusal:
        TerritoryCode.parse(text)

    assert refusal.value.restored == restored
    assert repr(restored) in str(refusal.value)


def test_six_digits_are_the_key_of_a_gmina_not_seven_without_a_zero() -> None:
    assert TerritoryCode.parse("402011") == TerritoryCode("402011")


@pytest.mark.parametrize(("code", "kind"), [("4", ""), ("04", "1"), ("0402", "2"), ("040201", "12"), ("040201", "0")])
def test_a_code_cannot_be_built_in_a_wrong_shape(code: str, kind: str) -> None:
    with pytest.raises(ValueError, match="territory code"):
        TerritoryCode(code, kind)


@pytest.mark.parametrize(
    ("text", "reporting"),
    [("04", True), ("040201", True)] + [(f"040201{kind}", kind in "123") for kind in "123456789"],
)
def test_only_whole_gminy_report(text: str, reporting: bool) -> None:
    assert TerritoryCode.parse(text).is_reporting_kind is reporting


@pytest.mark.parametrize(
    ("outer", "inner", "contained"),
    [
        ("04", "0402", True),
        ("04", "04", True),
        ("0402", "0402011", True),
        ("0402", "0403", False),
        ("0402", "04", False),
        ("04", "0604", False),
        ("0408023", "0408024", True),
        ("0408022", "0408023", True),  # a rural gmina that became urban-rural stays itself
        ("0408024", "0408023", False),
        ("0408024", "0408024", True),
    ],
)
def test_containment(outer: str, inner: str, contained: bool) -> None:
    assert TerritoryCode.parse(outer).contains(TerritoryCode.parse(inner)) is contained


parts = st.integers(1, 99).map(lambda number: f"{number:02d}")
keys = st.lists(parts, min_size=1, max_size=3).map("".join)


@st.composite
def territory_codes(draw: st.DrawFn) -> TerritoryCode:
    key = draw(keys)
    return TerritoryCode(key, draw(st.sampled_from(["", *"123456789"])) if len(key) == 6 else "")


@given(territory_codes())
def test_a_territory_code_survives_writing_and_reading(code: TerritoryCode) -> None:
    assert TerritoryCode.parse(str(code)) == code
    assert TerritoryCode(code.voivodeship).contains(code)


@given(keys.filter(lambda key: key.startswith("0")))
def test_every_key_that_lost_its_zero_gets_it_back(key: str) -> None:
    with pytest.raises(LostLeadingZero) as refusal:
        TerritoryCode.parse(key[1:])
    assert refusal.value.restored == key


# --- instants and Warsaw days ---


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2011, 6, 30, 21, 59, tzinfo=UTC), date(2011, 6, 30)),
        (datetime(2011, 6, 30, 22, 0, tzinfo=UTC), date(2011, 7, 1)),
        (datetime(2011, 12, 31, 22, 59, tzinfo=UTC), date(2011, 12, 31)),
        (datetime(2011, 12, 31, 23, 0, tzinfo=UTC), date(2012, 1, 1)),
        (datetime(2012, 1, 1, 8, 0, tzinfo=timezone(timedelta(hours=9))), date(2012, 1, 1)),
        # The day on which summer time begins has 23 hours, that on which it ends 25.
        (datetime(2011, 3, 26, 23, 0, tzinfo=UTC), date(2011, 3, 27)),
        (datetime(2011, 3, 27, 21, 59, 59, tzinfo=UTC), date(2011, 3, 27)),
        (datetime(2011, 3, 27, 22, 0, tzinfo=UTC), date(2011, 3, 28)),
        (datetime(2011, 10, 29, 22, 0, tzinfo=UTC), date(2011, 10, 30)),
        (datetime(2011, 10, 30, 22, 59, 59, tzinfo=UTC), date(2011, 10, 30)),
        (datetime(2011, 10, 30, 23, 0, tzinfo=UTC), date(2011, 10, 31)),
    ],
)
def test_the_day_in_warsaw(instant: datetime, day: date) -> None:
    assert warsaw_day(instant) == day


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2011, 6, 30, 12, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="no time zone"):
        warsaw_day(naive)
    with pytest.raises(ValueError, match="no time zone"):
        FixedClock(naive)


def test_a_fixed_clock_tells_its_instant_in_utc() -> None:
    now = FixedClock(datetime(2011, 7, 1, 0, 30, tzinfo=WARSAW)).now()
    assert (now, now.tzinfo) == (datetime(2011, 6, 30, 22, 30, tzinfo=UTC), UTC)


def test_the_system_clock_tells_the_present_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC
