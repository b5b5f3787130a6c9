"""Reporting periods: how they are written, their days, and their order."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.values.period import Period, PeriodKind


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2011-H1", "2011-H1"),
        ("2011-h2", "2011-H2"),
        ("2011-Q2", "2011-Q2"),
        ("2011-06", "2011-06"),
        ("2011", "2011"),
        ("I półrocze 2011 r.", "2011-H1"),
        ("II PÓŁROCZE 2011 R.", "2011-H2"),
        ("I po\u0301łrocze 2011 r.", "2011-H1"),
        ("I poł. 2011", "2011-H1"),
        ("II\u00a0kwartał\u00a02011\u202fr.", "2011-Q2"),
        ("iv kwartał 2011", "2011-Q4"),
        ("2011 r.", "2011"),
        ("czerwiec 2011 r.", "2011-06"),
        ("  Grudzień   2011r. ", "2011-12"),
    ],
)
def test_a_period_is_read(text: str, canonical: str) -> None:
    assert str(Period.parse(text)) == canonical


NO_PERIODS = """2011-H3|2011-H0|2011-Q5|2011-13|2011-00|2011-6|11|0211|2011-H1-H2|2011/06|2011-06-30|2011 rok|
III półrocze 2011 r.|V kwartał 2011 r.|półrocze 2011|grudzień 2011/styczeń 2012|I 2011|H1 2011"""


@pytest.mark.parametrize("text", ["", *NO_PERIODS.replace("\n", "").split("|")])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("kind", "year", "number"),
    [("half_year", 2011, 3), ("quarter", 2011, 5), ("month", 2011, 13), ("year", 2011, 2), ("month", 2011, 0)],
)
def test_a_period_outside_its_year_cannot_be_built(kind: PeriodKind, year: int, number: int) -> None:
    with pytest.raises(ValueError, match=f"no {kind} number {number}"):
        Period(kind, year, number)


@pytest.mark.parametrize("year", [1899, 2200])
def test_a_period_of_a_year_out_of_bounds_cannot_be_built(year: int) -> None:
    with pytest.raises(ValueError, match=f"year {year} is not between 1900 and 2199"):
        Period("year", year)


@pytest.mark.parametrize(
    ("first", "last", "through"),
    [
        ("2011-H2", "2012-H1", ["2011-H2", "2012-H1"]),
        ("2011-Q4", "2012-Q2", ["2011-Q4", "2012-Q1", "2012-Q2"]),
        ("2011-11", "2012-02", ["2011-11", "2011-12", "2012-01", "2012-02"]),
        ("2010", "2012", ["2010", "2011", "2012"]),
        ("2011-12", "2011-12", ["2011-12"]),
        ("2012-01", "2011-12", []),
    ],
)
def test_the_periods_from_one_through_another_include_both(first: str, last: str, through: list[str]) -> None:
    assert [str(one) for one in Period.parse(first).through(Period.parse(last))] == through


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2011-H1", date(2011, 1, 1), date(2011, 6, 30), "half_year"),
        ("2011-H2", date(2011, 7, 1), date(2011, 12, 31), "half_year"),
        ("2012-Q1", date(2012, 1, 1), date(2012, 3, 31), "quarter"),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29), "month"),
        ("2011", date(2011, 1, 1), date(2011, 12, 31), "year"),
    ],
)
def test_first_and_last_day(text: str, first: date, last: date, kind: str) -> None:
    period = Period.parse(text)
    assert (period.starts_on, period.ends_on, period.kind) == (first, last, kind)


@pytest.mark.parametrize(
    ("text", "polish", "english"),
    [
        ("2011-H1", "I półrocze 2011 r.", "H1 2011"),
        ("2011-Q2", "II kwartał 2011 r.", "Q2 2011"),
        ("2011-Q4", "IV kwartał 2011 r.", "Q4 2011"),
        ("2011-06", "czerwiec 2011 r.", "June 2011"),
        ("2011-10", "październik 2011 r.", "October 2011"),
        ("2011", "2011 r.", "2011"),
    ],
)
def test_a_period_as_printed(text: str, polish: str, english: str) -> None:
    assert (Period.parse(text).display("pl"), Period.parse(text).display("en")) == (polish, english)


def test_periods_sort_by_their_last_day_then_by_their_first() -> None:
    mixed = ["2011", "2011-12", "2011-H2", "2011-Q4", "2011-H1", "2011-06", "2011-Q2", "2010-12", "2012-01"]
    in_order = ["2010-12", "2011-H1", "2011-Q2", "2011-06", "2011", "2011-H2", "2011-Q4", "2011-12", "2012-01"]
    assert [str(period) for period in sorted(Period.parse(text) for text in mixed)] == in_order


PERIODS_A_YEAR: dict[PeriodKind, int] = {"half_year": 2, "quarter": 4, "month": 12, "year": 1}


@st.composite
def periods(draw: st.DrawFn) -> Period:
    kinds: st.SearchStrategy[PeriodKind] = st.sampled_from(list(PERIODS_A_YEAR))
    kind = draw(kinds)
    return Period(kind, draw(st.integers(1900, 2199)), draw(st.integers(1, PERIODS_A_YEAR[kind])))


@given(periods())
def test_a_period_survives_writing_and_reading(period: Period) -> None:
    assert Period.parse(str(period)) == period
    assert Period.parse(period.display("pl").replace(" ", "\u00a0").upper()) == period


@pytest.mark.parametrize("kind", list(PERIODS_A_YEAR))
def test_the_periods_of_a_kind_cover_the_years_without_gap_or_overlap(kind: PeriodKind) -> None:
    row = [Period(kind, year, n) for year in (2011, 2012) for n in range(1, PERIODS_A_YEAR[kind] + 1)]
    assert row[0].starts_on == date(2011, 1, 1)
    assert row[-1].ends_on == date(2012, 12, 31)
    assert {later.starts_on - earlier.ends_on for earlier, later in pairwise(row)} == {timedelta(days=1)}


@given(periods(), periods())
def test_exactly_one_of_before_same_after_holds(one: Period, other: Period) -> None:
    assert [one < other, one == other, one > other].count(True) == 1
    earlier, later = sorted([one, other])
    assert earlier.ends_on <= later.ends_on
