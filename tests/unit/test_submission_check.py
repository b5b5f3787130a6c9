"""The check of a return without a database: every row is either stored or has a finding, whatever it holds."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.builders.personal_numbers import made_up_pesel

from miernik_indicators.submissions.check import (
    KEY,
    CheckedReturn,
    ReadValues,
    check_return,
    fill_from_envelope,
    read_values,
)
from miernik_indicators.submissions.references import (
    PERIOD_SCHEMA,
    SERIES_SCHEMA,
    UNIT_SCHEMA,
    References,
    build_period_table,
    normalise_breakdown,
)
from miernik_shared.uploads.findings import build_type_findings
from miernik_shared.uploads.media import RawTable
from miernik_shared.uploads.numerals import NumberFormat
from miernik_shared.uploads.spreadsheets import match_dates_to_codes

JUNE, DECEMBER = date(2011, 6, 30), date(2011, 12, 31)
UNITS = {"A": (1, True), "B": (2, True), "C": (3, False)}
PERIODS = {"2011-H1": JUNE, "2011-H2": DECEMBER}
SERIES = {("7.1", ""): (1, 0), ("7.1", "rural"): (1, 1), ("7.2", ""): (2, 0)}
COUNTED = "7.2"
"""An indicator of which there are only whole numbers."""
VALUES = {"1": Decimal(1), "3,00": Decimal(3), "2,5": Decimal("2.5"), "1 000": Decimal(1000), "n/d": None}
WRONG = {"-1": "value_negative", "1.00.0": "value_other_notation", "x!": "value_not_a_number"}


def references() -> References:
    units = [(word, number, 4, 402, own, date(1999, 1, 1), None, None, None) for word, (number, own) in UNITS.items()]
    units += [("Z", None, None, None, False, None, None, "unit_unknown", None)]
    periods = [(word, day.replace(day=1), day, None) for word, day in PERIODS.items()]
    periods += [("2012", None, None, "period_of_other_kind")]
    series = [
        (code, part, day, number, breakdown, code == COUNTED)
        for (code, part), (number, breakdown) in SERIES.items()
        for day in PERIODS.values()
    ]
    return References(
        pl.DataFrame(units, schema=UNIT_SCHEMA, orient="row"),
        pl.DataFrame(periods, schema=PERIOD_SCHEMA, orient="row"),
        pl.DataFrame(series, schema=SERIES_SCHEMA, orient="row"),
        match_dates_to_codes(["07.sty", "45850", "7.9"], {"7.1", "7.2"}),
        frozenset(),
    )


ROW = st.fixed_dictionaries({
    "unit": st.sampled_from([*UNITS, "Z"]),
    "indicator": st.sampled_from(["7.1", "7.1", "7.2", "7.9", "07.sty", "45850"]),
    "breakdown": st.sampled_from(["", "", "rural", "urban"]),
    "period": st.sampled_from([*PERIODS, "2012"]),
    "value": st.sampled_from([*VALUES, *WRONG]),
})  # fmt: skip
Row = dict[str, str]


def values_of(table: pl.DataFrame, *, exact: bool = False) -> ReadValues:
    return read_values(table["value"], NumberFormat(), None, exact=exact)


def checked(rows: list[Row]) -> CheckedReturn:
    table = pl.DataFrame(rows).with_row_index("row_no", 2).with_columns(pl.col("row_no").cast(pl.Int32))
    return check_return(table, references(), values_of(table))


def checked_exactly(rows: list[Row]) -> CheckedReturn:
    """As JSON."""
    table = pl.DataFrame(rows).with_row_index("row_no", 2).with_columns(pl.col("row_no").cast(pl.Int32))
    return check_return(table, references(), values_of(table, exact=True))


def expected_faults(row: Row) -> set[str]:
    """Errors of a row that depend on no other row."""
    faults = {"unit_unknown"} if row["unit"] == "Z" else set()
    faults |= {"unit_foreign"} if row["unit"] == "C" else set()
    faults |= {"period_of_other_kind"} if row["period"] == "2012" else set()
    if row["indicator"] == "7.9":
        faults |= {"indicator_unknown"}
    elif row["indicator"] == "07.sty":
        faults |= {"indicator_became_a_date"}
    elif row["indicator"] == "45850":
        faults |= {"indicator_is_a_date"}
    elif (row["indicator"], row["breakdown"]) not in SERIES and row["period"] in PERIODS:
        faults |= {"breakdown_unknown"}
    if (row["indicator"], row["breakdown"], row["value"]) == (COUNTED, "", "2,5") and row["period"] in PERIODS:
        faults |= {"value_not_whole"}
    return faults | ({WRONG[row["value"]]} if row["value"] in WRONG else set())


def key_of(row: Row) -> tuple[str, ...]:
    return row["unit"], row["indicator"], row["breakdown"], row["period"]


def rows_by_key(rows: list[Row]) -> dict[tuple[str, ...], list[int]]:
    """Numbers of the rows with a valid key, whose value alone may be faulty, by that key."""
    of_value = {"value_not_whole", *WRONG.values()}
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows, 2):
        if not expected_faults(row) - of_value:
            groups.setdefault(key_of(row), []).append(number)
    return groups


@given(rows=st.lists(ROW, min_size=1, max_size=25))
@settings(max_examples=150)
def test_every_row_is_stored_or_has_its_findings(rows: list[Row]) -> None:
    result = checked(rows)
    found: dict[int, set[str]] = {}
    for finding in result.findings.iter_rows(named=True):
        found.setdefault(finding["row_no"], set()).add(finding["code"])
    groups = rows_by_key(rows)
    for number, row in enumerate(rows, 2):
        expected = expected_faults(row)
        same = groups.get(key_of(row), [])
        if number in same and len(same) > 1 and not expected:
            values = {VALUES.get(rows[one - 2]["value"], "faulty") for one in same}
            faulty = any(expected_faults(rows[one - 2]) for one in same)
            if len(values) > 1 or faulty or number != same[0]:
                expected |= {"row_repeated"}
        assert found.get(number, set()) - {"part_over_whole"} == expected
    stored = dict(zip(result.rows["row_no"], result.rows["value"], strict=True))
    assert stored.keys() == {number for number in range(2, len(rows) + 2) if number not in found}
    for number, value in stored.items():
        assert (None if value is None else Decimal(value)) == VALUES[rows[number - 2]["value"]]
    assert result.row_count == len(rows)
    assert result.error_count == result.findings.height


@given(rows=st.lists(ROW, min_size=1, max_size=25))
def test_stored_rows_are_unique_and_in_the_order_of_the_key(rows: list[Row]) -> None:
    keys = checked(rows).rows.select(KEY).rows()

    assert keys == sorted(keys)
    assert max(Counter(keys).values(), default=1) == 1


@given(whole=st.decimals(0, 10**9, places=6), part=st.decimals(0, 10**9, places=6), order=st.booleans())
def test_a_part_is_refused_if_and_only_if_it_is_over_the_whole(whole: Decimal, part: Decimal, order: bool) -> None:
    rows: list[Row] = [
        {
            "unit": "A",
            "indicator": "7.1",
            "breakdown": breakdown,
            "period": "2011-H1",
            "value": f"{value:f}".replace(".", ","),
        }
        for breakdown, value in (("", whole), ("rural", part))
    ]
    result = checked(rows[::-1] if order else rows)

    assert (result.findings["code"].to_list() == ["part_over_whole"]) == (part > whole)


@pytest.mark.parametrize(
    ("whole", "part"),
    [("100000000", "100000000,01"), ("99999999999999", "99999999999999,000001")],
    ids=["eight digits", "fourteen digits"],
)
def test_a_part_over_a_large_whole_by_its_last_digit_is_refused(whole: str, part: str) -> None:
    row: Row = {"unit": "A", "indicator": "7.1", "breakdown": "", "period": "2011-H1", "value": whole}

    refused = checked([row, row | {"breakdown": "rural", "value": part}])
    equal = checked([row | {"value": part}, row | {"breakdown": "rural", "value": part}])

    assert refused.findings["code"].to_list() == ["part_over_whole"]
    assert equal.error_count == 0


def test_a_part_of_a_missing_or_absent_whole_is_taken() -> None:
    part: Row = {"unit": "A", "indicator": "7.1", "breakdown": "rural", "period": "2011-H1", "value": "5"}

    assert checked([part]).error_count == 0
    assert checked([part, part | {"breakdown": "", "value": "n/d"}]).error_count == 0
    assert checked([part, part | {"breakdown": "", "value": "1", "period": "2011-H2"}]).error_count == 0
    assert checked([part, part | {"breakdown": "", "value": "1", "unit": "B"}]).error_count == 0


@pytest.mark.parametrize(
    ("values", "stored", "named"),
    [
        (["1", "2"], [], {2: "3", 3: "2"}),
        (["1", "1", "3,00"], [], {2: "3", 3: "2", 4: "2"}),
        (["1", "n/d"], [], {2: "3", 3: "2"}),
        (["1", "x!"], [], {2: "3"}),
        (["1", "1,0", "1"], [2], {3: "2", 4: "2"}),
        (["n/d", "brak"], [2], {3: "2"}),
    ],
)
def test_of_rows_with_one_key_none_is_stored_unless_all_are_equal(
    values: list[str], stored: list[int], named: dict[int, str]
) -> None:
    row: Row = {"unit": "A", "indicator": "7.1", "breakdown": "", "period": "2011-H1", "value": ""}
    result = checked([row | {"value": value} for value in values])
    repeated = result.findings.filter(pl.col("code") == "row_repeated")

    assert result.rows["row_no"].to_list() == stored
    assert dict(repeated.select("row_no", "expected").rows()) == named


def test_part_is_not_measured_by_a_whole_that_is_contradicted() -> None:
    whole: Row = {"unit": "A", "indicator": "7.1", "breakdown": "", "period": "2011-H1", "value": "1"}
    result = checked([whole, whole | {"value": "3,00"}, whole | {"breakdown": "rural", "value": "2,5"}])

    assert result.rows["row_no"].to_list() == [4]
    assert result.findings["code"].to_list() == ["row_repeated"] * 2


def test_nothing_of_a_row_with_a_personal_number_is_repeated() -> None:
    bad: Row = {"unit": "Z", "indicator": made_up_pesel(), "breakdown": "urban", "period": "2012", "value": "x!"}
    findings = checked([bad]).findings

    assert findings["code"].to_list() == ["personal_number"]
    assert findings["seen"].to_list() == [None]


@given(value=st.decimals(0, 10**9, places=6), notation=st.sampled_from(",."))
def test_a_fraction_is_refused_if_and_only_if_the_indicator_counts(value: Decimal, notation: str) -> None:
    cell = f"{value:f}".replace(".", notation)
    rows = [
        {"unit": "A", "indicator": code, "breakdown": "", "period": "2011-H1", "value": cell} for code in ("7.1", "7.2")
    ]
    result = checked(rows) if notation == "," else checked_exactly(rows)
    refused = [] if value == value.to_integral_value() else [(3, "value", "value_not_whole", cell)]
    seen = result.findings.select("row_no", "column_name", "code", "seen").rows()

    assert seen == [(*one[:3], f"{cell[:4]}…" if sum(map(str.isdigit, cell)) == 11 else cell) for one in refused]


@pytest.mark.parametrize("column", ["unit", "indicator", "breakdown", "period", "value"])
def test_of_a_cell_of_a_wrong_type_nothing_else_is_said(column: str) -> None:
    sound: Row = {"unit": "A", "indicator": "7.1", "breakdown": "", "period": "2011-H1", "value": "5"}
    rows = [sound | {column: "True"}, sound | {"value": "x!"}, sound | {column: f"['{made_up_pesel()}']"}]
    table = pl.DataFrame(rows).with_row_index("row_no", 1).with_columns(pl.col("row_no").cast(pl.Int32))
    result = check_return(table, references(), values_of(table, exact=True), build_type_findings({column: [1, 3]}))

    assert result.findings.select("row_no", "column_name", "code").rows() == [
        (1, column, "cell_type_wrong"), (2, "value", "value_not_a_number"), (3, column, "personal_number"),
    ]  # fmt: skip
    assert result.findings["seen"].to_list()[::2] == [None, None]
    assert result.rows.is_empty()


def test_words_from_the_envelope_fill_what_the_file_leaves_out() -> None:
    frame = pl.DataFrame({"row_no": [1, 2], "indicator": [" 7.1 ", "7.2"], "unit": ["A", None], "value": ["1", None]})
    table = fill_from_envelope(RawTable(frame, exact=True), "B", "2011-H1")
    columns: Any = table.select("unit", "period", "breakdown", "indicator", "value").rows()

    assert columns == [("A", "2011-H1", "", "7.1", "1"), ("B", "2011-H1", "", "7.2", None)]


def test_periods_outside_the_return_and_of_another_kind_are_told_apart() -> None:
    words = ["2011-H1", "I półrocze 2011 r.", "2010-H2", "2011-H2", "2011-Q1", "zima"]
    table = build_period_table(words, "half_year", date(2011, 1, 1), JUNE)

    assert table["period_fault"].to_list() == [
        None, None, "period_outside_return", "period_outside_return", "period_of_other_kind", "period_malformed",
    ]  # fmt: skip
    assert table["effective_on"].to_list()[:2] == [JUNE, JUNE]


@pytest.mark.parametrize(
    ("text", "key"),
    [("RURAL", "rural"), ("w tym osoby z terenów wiejskich", "osoby z terenow wiejskich"), ("of which: Women", "women"),
     ("W tym:\nOsoby  z terenów\u00a0wiejskich", "osoby z terenow wiejskich"), ("–", ""), ("", ""), ("w tym", "w tym")],
)  # fmt: skip
def test_part_is_keyed_by_its_code_or_printed_words(text: str, key: str) -> None:
    assert normalise_breakdown(text) == key


@pytest.mark.parametrize(
    ("cells", "decimal", "codes"),
    [
        (["24", "12,5"], ",", set()),
        (["200626162.00", "1 140 000.5"], ".", set()),
        (["1 140 000,00", "406.097,28", "11.716"], ",", set()),
        (["1,234.50", "1,234"], ".", set()),
        (["24", "n/d"], None, set()),
        (["11.716", "12"], None, {"decimal_sign_doubtful"}),
        (["12,5", "11.716"], ",", {"decimal_sign_doubtful"}),
        (["12,5", "12.5"], ",", {"decimal_signs_mixed"}),
    ],
)
def test_decimal_sign_is_told_from_the_values(cells: list[str], decimal: str | None, codes: set[str]) -> None:
    told = read_values(pl.Series(cells), NumberFormat(), None, exact=False).told

    assert (told.decimal, {told.code} - {None}) == (decimal, codes)


def test_form_settles_what_its_values_alone_do_not() -> None:
    form = NumberFormat(decimal=",", thousands=["."])
    assert read_values(pl.Series(["11.716"]), form, None, exact=False).told.notation == form
    assert read_values(pl.Series(["11,716"]), NumberFormat(), None, exact=False).told.decimal == ","
