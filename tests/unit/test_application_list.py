"""The check of a list of applications without a database: each row is taken, unchanged, or has its findings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.builders.personal_numbers import made_up_pesel

from miernik_calls.application_imports.cells import read_amounts, strip_cells, tell_amounts
from miernik_calls.application_imports.check import CheckedList, References, check_list, empty_stored
from miernik_calls.application_imports.days import read_days
from miernik_calls.applications.node_assignment import ProgrammeTree
from miernik_calls.applications.stages import validate_stages
from miernik_calls.applications.version_columns import IDENTITY, STAGES, STATE
from miernik_shared.uploads.decimal_signs import Sign

TODAY = date(2011, 9, 26)
Row = dict[str, str]
WORDS = {"node": ["7.2.1", "7.3"], "call": ["1/2011"], "organisation": ["192598184"]}

# The call hangs on 7.2.1, the first of the nodes.
TREE = ProgrammeTree(
    pl.DataFrame(
        [(1, 1, "7.2.1")], schema={"call_no": pl.Int32, "call_node_no": pl.Int32, "call_node": pl.String}, orient="row"
    ),
    pl.DataFrame(
        [(1, 1, "7.2.1"), (2, 2, "7.3")],
        schema={"node_no": pl.Int32, "call_node_no": pl.Int32, "node": pl.String},
        orient="row",
    ),
)


def references(stored: pl.DataFrame | None = None) -> References:
    tables = [word_table(name, known) for name, known in WORDS.items()]
    return References(*tables, stored=empty_stored() if stored is None else stored, tree=TREE)


def word_table(name: str, known: list[str]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = [("", None, None, None)]
    rows += [(word, number, None, None) for number, word in enumerate(known, 1)]
    rows += [(word, None, f"application_{name}_unknown", None) for word in ("9.9", "x")]
    schema = {name: pl.String, f"{name}_no": pl.Int32, "fault": pl.String, "expected": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def checked(rows: list[Row], stored: pl.DataFrame | None = None) -> CheckedList:
    table = pl.DataFrame(rows).with_row_index("row_no", 2).with_columns(pl.col("row_no").cast(pl.Int32))
    return check_list(strip_cells(table), references(stored), TODAY, ",", exact=False)


def list_findings(result: CheckedList) -> list[tuple[int, str, str]]:
    return result.findings.select("row_no", "column_name", "code").rows()


SOUND: Row = {
    "number": "WND-1", "node": "7.2.1", "call": "", "organisation": "192598184", "title": "Nowy start",
    "submitted_on": "2011-02-01", "submitted_value_pln": "10 000,50", "formally_positive_on": "01.03.2011",
    "formally_positive_value_pln": "10 000,50 zł", "accepted_on": "", "accepted_value_pln": "", "withdrawn_on": "",
    "rejected_on": "",
}  # fmt: skip


def test_a_sound_row_becomes_a_whole_state() -> None:
    result = checked([SOUND])
    assert list_findings(result) == []
    (row,) = result.rows.select(*STATE).rows(named=True)
    assert row == {
        "node_no": 1, "call_no": None, "organisation_no": 1, "title": "Nowy start",
        "submitted_on": date(2011, 2, 1), "submitted_value_pln": Decimal("10000.50"),
        "formally_positive_on": date(2011, 3, 1), "formally_positive_value_pln": Decimal("10000.50"),
        "accepted_on": None, "accepted_value_pln": None, "withdrawn_on": None, "rejected_on": None,
    }  # fmt: skip
    assert (result.created, result.unchanged, result.refused) == (1, 0, 0)


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"number": ""}, "number", "number_missing"),
        ({"number": "x" * 101}, "number", "number_too_long"),
        ({"number": "a\x07"}, "number", "text_unprintable"),
        ({"title": "x" * 501}, "title", "title_too_long"),
        ({"title": "a\x00"}, "title", "text_unprintable"),
        ({"title": "GÅ‚Ã³wna"}, "title", "text_misread"),
        ({"number": "WND/Å\x81/1"}, "number", "text_misread"),
        ({"node": "9.9"}, "node", "application_node_unknown"),
        ({"call": "x"}, "call", "application_call_unknown"),
        ({"organisation": "x"}, "organisation", "application_organisation_unknown"),
        ({"submitted_value_pln": "100,123"}, "submitted_value_pln", "value_too_precise"),
        ({"submitted_value_pln": "100 EUR"}, "submitted_value_pln", "amount_other_currency"),
        ({"submitted_value_pln": "€ 100"}, "submitted_value_pln", "amount_other_currency"),
        ({"submitted_value_pln": "100 usd"}, "submitted_value_pln", "amount_other_currency"),
        ({"submitted_value_pln": "11.71"}, "submitted_value_pln", "value_other_notation"),
        ({"submitted_value_pln": "11.71,60"}, "submitted_value_pln", "value_other_notation"),
        ({"submitted_value_pln": "1,234, 5"}, "submitted_value_pln", "value_other_notation"),
        ({"submitted_value_pln": "60,  7"}, "submitted_value_pln", "value_other_notation"),
        ({"submitted_value_pln": "3,52 mld"}, "submitted_value_pln", "value_with_a_word"),
        ({"submitted_value_pln": "3,52 mln zł"}, "submitted_value_pln", "value_with_a_word"),
        ({"submitted_value_pln": "3,52 mln EUR"}, "submitted_value_pln", "amount_other_currency"),
        ({"submitted_value_pln": "1e3"}, "submitted_value_pln", "value_with_exponent"),
        ({"submitted_value_pln": "-1"}, "submitted_value_pln", "value_negative"),
        ({"submitted_value_pln": "tysiąc"}, "submitted_value_pln", "value_not_a_number"),
        ({"submitted_value_pln": "1" * 15}, "submitted_value_pln", "value_too_large"),
        ({"submitted_value_pln": ""}, "submitted_value_pln", "stage_value_missing"),
        ({"submitted_on": "2011-02-30"}, "submitted_on", "day_malformed"),
        ({"submitted_on": "2/1/2011"}, "submitted_on", "day_ambiguous"),
        ({"submitted_on": "01/31/2011"}, "submitted_on", "day_and_month_swapped"),
        ({"submitted_on": "31/02/2011"}, "submitted_on", "day_malformed"),
        ({"submitted_on": "11-02-01"}, "submitted_on", "day_with_two_digit_year"),
        ({"submitted_on": "2011-02-01 00:01"}, "submitted_on", "day_malformed"),
        ({"accepted_value_pln": "1"}, "accepted_on", "stage_day_missing"),
        ({"formally_positive_on": "2011-01-31"}, "formally_positive_on", "stage_before_earlier"),
        ({"formally_positive_value_pln": "10000,51"}, "formally_positive_value_pln", "value_above_earlier_stage"),
        ({"withdrawn_on": "2011-02-28"}, "formally_positive_on", "stage_after_end"),
        ({"rejected_on": "2011-02-28"}, "formally_positive_on", "stage_after_end"),
        ({"rejected_on": "2011-09-27"}, "rejected_on", "day_in_the_future"),
        ({"withdrawn_on": "2011-04-01", "rejected_on": "2011-04-02"}, "rejected_on", "ended_twice"),
        ({"withdrawn_on": "2011-04-01", "rejected_on": "2011-04-01"}, "rejected_on", "ended_twice"),
        ({"withdrawn_on": "2011-04-02", "rejected_on": "2011-04-01"}, "withdrawn_on", "ended_twice"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(changed: Row, column: str, code: str) -> None:
    assert list_findings(checked([SOUND | {"number": "other"}, SOUND | changed])) == [(3, column, code)]


def test_what_is_dated_today_is_taken() -> None:
    today = {"formally_positive_on": "2011-09-26", "accepted_on": "2011-09-26", "accepted_value_pln": "1"}
    assert list_findings(checked([SOUND | today | {"rejected_on": "2011-09-26"}])) == []
    submitted = dict.fromkeys(SOUND, "") | {"number": "A", "submitted_on": "2011-09-26", "submitted_value_pln": "1"}
    assert list_findings(checked([submitted | {"withdrawn_on": "2011-09-26"}])) == []


@pytest.mark.parametrize("day", ["submitted_on", "formally_positive_on", "accepted_on", "withdrawn_on", "rejected_on"])
def test_no_day_of_an_application_is_to_come(day: str) -> None:
    row = SOUND | {"accepted_on": "2011-09-26", "accepted_value_pln": "1", day: "2011-09-27"}
    assert (2, day, "day_in_the_future") in list_findings(checked([row]))


def test_a_value_equal_to_that_of_the_stage_before_is_usual() -> None:
    equal = {"accepted_on": "2011-03-01", "accepted_value_pln": SOUND["submitted_value_pln"]}
    assert list_findings(checked([SOUND | equal])) == []


def test_a_stage_cannot_be_skipped() -> None:
    skipping = SOUND | {"formally_positive_on": "", "formally_positive_value_pln": ""}
    skipping |= {"accepted_on": "2011-04-01", "accepted_value_pln": "1"}
    assert list_findings(checked([skipping])) == [(2, "accepted_on", "stage_skipped")]
    never = dict.fromkeys(SOUND, "") | {"number": "A", "withdrawn_on": "2011-01-01"}
    assert list_findings(checked([never])) == [(2, "withdrawn_on", "stage_skipped")]


@pytest.mark.parametrize(
    ("changed", "others"),
    [
        ({"node": "9.9"}, [("node", "application_node_unknown")]),
        ({"submitted_value_pln": "1,234"}, [("submitted_value_pln", "value_too_precise")]),
        ({"number": ""}, [("number", "number_missing")]),
        ({"organisation": "x", "title": "x" * 501},
         [("organisation", "application_organisation_unknown"), ("title", "title_too_long")]),
    ],
)  # fmt: skip
def test_a_fault_hides_no_other_of_its_row(changed: Row, others: list[tuple[str, str]]) -> None:
    early = SOUND | {"formally_positive_on": "2011-01-31"} | changed
    expected = sorted([*others, ("formally_positive_on", "stage_before_earlier")])

    assert list_findings(checked([early])) == [(2, *one) for one in expected]


def test_a_repeated_number_hides_no_other_finding() -> None:
    early = SOUND | {"formally_positive_on": "2011-01-31"}
    assert list_findings(checked([SOUND, early])) == [
        (2, "number", "number_repeated"), (3, "formally_positive_on", "stage_before_earlier"),
        (3, "number", "number_repeated"),
    ]  # fmt: skip


def test_unreadable_cell_has_one_finding_and_no_consequential_ones() -> None:
    for unreadable in ({"submitted_on": "31.02.2011"}, {"submitted_value_pln": "1,2,3"}, {"formally_positive_on": "?"}):
        (column,) = unreadable
        assert [one[1] for one in list_findings(checked([SOUND | unreadable]))] == [column]

    # Without a number it is not known what is stored: nothing may be missing.
    assert list_findings(checked([{"number": "", "accepted_on": "2011-04-01", "accepted_value_pln": "1"}])) == [
        (2, "number", "number_missing")
    ]
    assert list_findings(checked([{"number": "N", "accepted_on": "2011-04-01", "accepted_value_pln": "1"}])) == [
        (2, "accepted_on", "stage_skipped")
    ]


def test_finding_states_amounts_of_any_size() -> None:
    large = {"submitted_value_pln": "1 000 000 000,00", "formally_positive_value_pln": "2 000 000 000,00"}
    findings = checked([SOUND | large]).findings

    assert findings.select("seen", "expected").rows() == [("2000000000.00", "1000000000.00")]


def test_none_of_the_rows_with_one_number_is_preferred() -> None:
    result = checked([SOUND, SOUND | {"number": "B"}, SOUND | {"title": "Inny"}, SOUND])
    repeated = result.findings.select("row_no", "code", "expected").rows()

    assert repeated == [(2, "number_repeated", "4"), (4, "number_repeated", "2"), (5, "number_repeated", "2")]
    assert result.rows["number"].to_list() == ["B"]


def test_personal_number_in_any_column_is_found_and_its_row_not_repeated() -> None:
    for column in SOUND:
        bad = {"title": "tysiąc!", "accepted_on": "32.13.2011"} | {column: made_up_pesel()}
        result = checked([SOUND | {"node": "9.9"}, SOUND | {"number": "B"} | bad])
        assert [one for one in list_findings(result) if one[0] == 3] == [(3, column, "personal_number")]
        assert result.findings.filter(pl.col("row_no") == 3)["seen"].to_list() == [None]
        assert result.holds_personal_numbers


@pytest.mark.parametrize("column", ["number", "node", "organisation", "title", "submitted_on", "submitted_value_pln"])
def test_of_a_cell_of_a_wrong_type_nothing_else_is_said(column: str) -> None:
    sound = {"organisation": "", "title": "x", "submitted_on": "2011-02-01", "submitted_value_pln": "5.00"}
    rows = [sound | {"number": number, "node": "7.3"} for number in ("A", "B", "C")]
    rows[0][column], rows[1]["node"], rows[2][column] = "True", "9.9", f"['{made_up_pesel()}']"
    table = pl.DataFrame(rows).with_row_index("row_no", 1).with_columns(pl.col("row_no").cast(pl.Int32))
    result = check_list(strip_cells(table), references(), TODAY, None, exact=True, wrong_types={column: [1, 3]})

    assert list_findings(result) == [
        (1, column, "cell_type_wrong"), (2, "node", "application_node_unknown"), (3, column, "personal_number"),
    ]  # fmt: skip
    assert result.rows.is_empty()


def test_missing_column_preserves_the_stored_value_and_empty_cell_clears_it() -> None:
    state = {"title": "Stary", "submitted_on": date(2011, 1, 1), "submitted_value_pln": Decimal("5.00"), "node_no": 2}
    identity = {"number": "WND-1", "number_key": "WND-1", "id": "0", "application_no": 7, "version": 3}
    stored = pl.DataFrame([dict.fromkeys(STATE) | identity | state], schema={**IDENTITY, **STATE})
    kept = checked([{"number": "WND-1", "node": "7.2.1"}], stored)
    assert kept.rows.select("node_no", "title", "submitted_on", "version", "old_node_no").rows() == [
        (1, "Stary", date(2011, 1, 1), 3, 2)
    ]
    cleared = checked([{"number": "WND-1", "title": "", "submitted_on": "", "submitted_value_pln": "-"}], stored)
    assert cleared.rows.select("title", "submitted_on", "submitted_value_pln").rows() == [(None, None, None)]
    same = checked([{"number": " WND-1 ", "title": "Stary", "submitted_value_pln": "5"}], stored)
    assert (same.rows.height, same.unchanged, same.refused) == (0, 1, 0)


CELL = st.one_of(
    st.sampled_from(["", "-", "2011-02-01", "01.03.2011", "2011-02-30", "7.2.1", "9.9", "100", "1 000,5", "100 EUR"]),
    st.text(max_size=8),
)
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(SOUND, CELL)), min_size=1, max_size=6)


@given(rows=ROWS)
@settings(max_examples=150)
def test_every_row_is_taken_or_unchanged_or_refused(rows: list[Row]) -> None:
    words = {name: {row[name].strip() for row in rows} for name in WORDS}
    tables = {name: pl.concat([word_table(name, known), unknown(name, words[name])]) for name, known in WORDS.items()}
    table = pl.DataFrame(rows).with_row_index("row_no", 2).with_columns(pl.col("row_no").cast(pl.Int32))
    unique = {f"{name}s": one.unique(name) for name, one in tables.items()}
    known = References(**unique, stored=empty_stored(), tree=TREE)
    result = check_list(strip_cells(table), known, TODAY, ",", exact=False)
    errors = set(result.findings.filter(pl.col("severity") == "error")["row_no"])
    assert set(result.rows["row_no"]) == set(table["row_no"]) - errors
    assert result.rows.height + result.unchanged + result.refused == result.row_count == len(rows)
    for row in result.rows.iter_rows(named=True):
        assert_in_order(row)


def unknown(name: str, words: set[str]) -> pl.DataFrame:
    rows = [(" ".join(word.split()), None, f"application_{name}_unknown", None) for word in words]
    rows = [row for row in rows if row[0] not in WORDS[name] and row[0]]
    return pl.DataFrame(rows, schema=word_table(name, []).schema, orient="row")


def assert_in_order(row: dict[str, Any]) -> None:
    """A taken row: stages one after the other, days with values, nothing after the end."""
    days = [row[f"{stage}_on"] for stage in STAGES]
    reached = [day for day in days if day is not None]
    assert days[: len(reached)] == reached == sorted(reached)
    assert all((row[f"{stage}_on"] is None) == (row[f"{stage}_value_pln"] is None) for stage in STAGES)
    ends = [end for end in (row["withdrawn_on"], row["rejected_on"]) if end is not None]
    assert len(ends) < 2
    assert all(day <= min(ends) for day in reached if ends)
    assert all(day <= TODAY for day in [*reached, *ends])


def test_the_rules_find_nothing_wrong_with_no_rows() -> None:
    assert all(table.is_empty() for table in validate_stages(empty_stored().with_row_index("row_no"), TODAY))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("60, 7", "60.70"), ("1 000,\u00a050", "1000.50"), ("406.097,28", "406097.28"), ("1.406.097,28 zł", "1406097.28")],
)
def test_decimal_comma_settles_what_dots_and_a_blank_after_it_mean(cell: str, amount: str) -> None:
    assert amounts_of([cell]) == [Decimal(amount)]
    assert amounts_of([cell], ",") == [Decimal(amount)]
    assert amounts_of([cell], ".") == [None]


def amounts_of(cells: list[str], decimal: Sign | None = None, *, exact: bool = False) -> list[Decimal | None]:
    column = pl.Series(cells)
    return read_amounts(column, tell_amounts([column], decimal, exact=exact))["value"].to_list()


@pytest.mark.parametrize("midnight", [" 00:00:00", " 00:00", " 0:00", "T00:00:00"])
def test_the_midnight_that_a_spreadsheet_writes_belongs_to_the_day(midnight: str) -> None:
    cells = pl.Series([f"2011-08-01{midnight}", f"01.08.2011{midnight}"])

    assert read_days([cells])[0]["value"].to_list() == [date(2011, 8, 1)] * 2


@pytest.mark.parametrize(
    "text",
    ["30.08.2011 r.", "30.8.2011", "30. 08. 2011", "2011/08/30", "2011-8-30", "30-08-2011", "30/08/2011", "20110830",
     "2011-08-30T00:00:00", "2011-08-30 00:00:00.000", "30 sierpnia 2011 r.", "30 SIERPNIA 2011", "30 VIII 2011",
     "30-sie-2011", "30 sie. 2011", "30\u00a0sierpnia\u00a02011 roku", "30 August 2011", "30.08.2011 0:00"],
)  # fmt: skip
def test_day_as_people_write_it_is_read(text: str) -> None:
    (read,) = read_days([pl.Series([text])])
    assert read.rows() == [(date(2011, 8, 30), None)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("02/01/2011", "day_ambiguous"), ("08/30/2011", "day_and_month_swapped"),
     ("08-30-2011", "day_and_month_swapped"),
     ("31.02.2011", "day_malformed"), ("30.08.11", "day_with_two_digit_year"), ("2011-13-01", "day_and_month_swapped"),
     ("30 sierpień", "day_malformed"), ("2011-08-30 12:30", "day_malformed"), ("sierpień 2011", "day_malformed")],
)  # fmt: skip
def test_day_in_doubt_or_that_does_not_exist_is_refused(text: str, fault: str) -> None:
    (read,) = read_days([pl.Series([text])])
    assert read.rows() == [(None, fault)]


def test_other_dates_with_slashes_settle_which_number_is_the_day() -> None:
    first, second = read_days([pl.Series(["02/01/2011", "05/05/2011"]), pl.Series(["30/08/2011", "Brak"])])

    assert first["value"].to_list() == [date(2011, 1, 2), date(2011, 5, 5)]
    assert second.rows() == [(date(2011, 8, 30), None), (None, None)]
    contradicted = read_days([pl.Series(["02/01/2011", "30/08/2011", "08/30/2011"])])[0]
    assert contradicted["fault"].to_list() == ["day_ambiguous", None, "day_and_month_swapped"]


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_reads_back(day: date) -> None:
    cells = pl.Series([day.isoformat(), f"{day:%d.%m.}{day.year:04d}"])

    assert read_days([cells])[0]["value"].to_list() == [day, day]


@given(st.decimals(0, 10**13, places=2, allow_nan=False, allow_infinity=False))
def test_an_amount_reads_back(amount: Decimal) -> None:
    grouped = f"{amount:,f}".replace(",", "\u00a0").replace(".", ",") + " zł"
    assert amounts_of([f"{amount:f}".replace(".", ","), grouped]) == [amount, amount]
    assert amounts_of([f"{amount:f}", ""], exact=True) == [amount, None]
    assert amounts_of([f"{amount:,f}"], ".") == [amount]
