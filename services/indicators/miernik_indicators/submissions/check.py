"""Set-based check of a return: every cell against the reference tables, all findings at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from miernik_indicators.submissions.completeness import (
    count_absent_rows,
    find_absent_indicators,
    find_inactive_units,
    no_absent_rows,
)
from miernik_indicators.submissions.references import References, normalise_breakdown
from miernik_shared.uploads.decimal_signs import EXAMPLES, Sign, Told, declare_notation, tell_notation
from miernik_shared.uploads.findings import OF_WHOLE_FILE, build_findings, empty_findings, sort_findings
from miernik_shared.uploads.identity_columns import recognised_codes
from miernik_shared.uploads.media import RawTable
from miernik_shared.uploads.numerals import EXACT, OTHER_NOTATION, NumberFormat, normalise_signs, read_numbers
from miernik_shared.uploads.personal_numbers import find_personal_numbers, find_personal_numbers_in_values

_PART = "part_key"
KEY = ("voivodeship", "unit_no", "series_no", "breakdown_no", "effective_on")
"""Columns of the primary key in its order. Rows are stored in it: an index that grows in order costs least."""
CODES = ("unit", "period", "breakdown", "indicator")
"""Columns of codes, each recognised in any spelling."""
_AMOUNT = pl.Decimal(20, 6)


@dataclass(frozen=True, slots=True)
class CheckedReturn:
    """Valid rows in key order, ready to store, and the findings by row and column.

    ``rows`` has the columns of :data:`KEY`, ``row_no``, ``powiat`` and ``value`` (text with a decimal point or null).
    """

    rows: pl.DataFrame
    findings: pl.DataFrame
    row_count: int
    absent: pl.DataFrame = field(default_factory=no_absent_rows)
    """Number of units and periods without a row, by indicator of the form (:func:`completeness.count_absent_rows`)."""

    @property
    def missing_count(self) -> int:
        """Number of values that are missing: declared as "no data", or without a row."""
        return self.rows["value"].null_count() + int(self.absent["absent"].sum())

    @property
    def error_count(self) -> int:
        """Number of findings that exclude a row."""
        return self.findings.filter(pl.col("severity") == "error").height

    @property
    def is_refused_whole(self) -> bool:
        """Whether no row can be taken alone: for a PESEL, or because it is unclear how the numbers are written."""
        codes = ["personal_number", *OF_WHOLE_FILE]
        return self.findings.filter(pl.col("code").is_in(codes)).height > 0

    @property
    def holds_personal_numbers(self) -> bool:
        """Whether a cell holds a personal number: then the file must not be stored."""
        return self.findings.filter(pl.col("code") == "personal_number").height > 0


@dataclass(frozen=True, slots=True)
class ReadValues:
    """Parsed values: ``numbers`` and faults by row, as :func:`read_numbers` returns them, and the notation told."""

    told: Told
    numbers: pl.DataFrame


def fill_from_envelope(raw: RawTable, unit: str, period: str) -> pl.DataFrame:
    """Fill in unit and period from the envelope where the file or a cell leaves them out; reduce all codes to keys."""
    defaults = {"unit": unit, "period": period, "breakdown": ""}
    absent = [pl.lit(value).alias(name) for name, value in defaults.items() if name not in raw.frame.columns]
    texts = [
        pl.col(name).fill_null(defaults.get(name, "")).str.strip_chars().alias(name)
        for name in CODES
        if name in raw.frame.columns
    ]
    filled = raw.frame.with_columns(*absent, *texts)
    return filled.with_columns(recognised_codes(filled[name]) for name in CODES)


def read_values(values: pl.Series, form: NumberFormat, decimal: Sign | None, *, exact: bool) -> ReadValues:
    """Parse the values in the notation of the form if they fit it, else in that which they or their sender tell.

    JSON has one notation, unless its texts can only have another.
    """
    if exact:
        form = EXACT.model_copy(update={"missing": form.missing})
    elif decimal is not None:
        form = declare_notation(decimal, form.missing)
    numbers = read_numbers(values, form)
    if not (numbers["fault"] == OTHER_NOTATION).any():
        has_sign = any(values.str.contains(sign, literal=True).any() for sign in EXAMPLES)
        return ReadValues(Told(form, form.decimal if has_sign or decimal else None), numbers)
    told = tell_notation([values], form, form) if decimal is None or exact else Told(form, decimal)
    if exact and told.code is not None:
        told = Told(form, form.decimal)
    return ReadValues(told, _read_unsettled(values, told) if told.notation != form or told.code else numbers)


def _read_unsettled(values: pl.Series, told: Told) -> pl.DataFrame:
    numbers = read_numbers(values, told.notation)
    if told.unsettled is None:
        return numbers
    unsettled = normalise_signs(values).str.contains(told.unsettled).fill_null(value=False)
    fault = pl.when(unsettled).then(pl.lit(told.code)).otherwise(pl.col("fault"))
    return numbers.with_columns(fault.alias("fault"))


def check_return(
    table: pl.DataFrame,
    references: References,
    values: ReadValues,
    found: Sequence[pl.DataFrame] = (),
    *,
    complete: bool = False,
) -> CheckedReturn:
    """Resolve all cell texts to keys and collect the findings. Pure: no database access.

    ``found`` are the findings of the parser. ``complete``: whether the form requires a row for each indicator, so that
    an absent one is an error.
    """
    numbers = values.numbers
    units, series, periods = _rank_references(references)
    resolved = (
        table.join(units, on="unit", how="left", maintain_order="left")
        .join(periods, on="period", how="left", maintain_order="left")
        .with_columns(_key_breakdowns(table["breakdown"]))
        .join(
            series.rename({"breakdown": _PART}),
            on=["indicator", _PART, "effective_on"],
            how="left",
            maintain_order="left",
        )
        .with_columns(numbers["number"], numbers["fault"].alias("number_fault"))
        .pipe(_flag_fractions_of_counts)
    )
    keyed = _select_keyed_rows(resolved)
    inactive = _find_rows_of_inactive_units(resolved, references)
    valid = keyed if keyed["number_fault"].is_null().all() else keyed.filter(pl.col("number_fault").is_null())
    duplicates = _find_duplicates(keyed)
    tables = [*_find_personal_numbers(table), *found, duplicates]
    tables += [_find_parts_over_whole(_exclude_rows(valid, duplicates)), inactive]
    if valid.height < resolved.height:
        # Only for a return with invalid rows: on a valid one of forty rows this took most of the time.
        tables += [*_find_unresolved_cells(resolved, references), _find_invalid_numbers(resolved, values.told.notation)]
    absent = count_absent_rows(resolved, references)
    if complete:
        tables.append(find_absent_indicators(absent, "error"))
    findings = sort_findings(tables)
    return CheckedReturn(_drop_rows_with_errors(valid, findings), findings, table.height, absent)


def _find_rows_of_inactive_units(resolved: pl.DataFrame, references: References) -> pl.DataFrame:
    """Errors for rows of units that were closed before their period, or opened after it."""
    pairs = find_inactive_units(references)
    rows = resolved.join(pairs, on=["unit", "period"], how="inner", maintain_order="left") if pairs.height else None
    if rows is None:
        # Fast path: nearly every return ends here.
        return empty_findings()
    return build_findings(rows, "unit", pl.col("code"), seen="unit", expected=pl.col("bound"))


def _key_breakdowns(breakdowns: pl.Series) -> pl.Series:
    """Words for parts as the series are keyed by them."""
    keys = {word: normalise_breakdown(word) for word in breakdowns.unique()}
    if all(word == key for word, key in keys.items()):
        return breakdowns.alias(_PART)
    return breakdowns.replace_strict(keys, return_dtype=pl.String).alias(_PART)


def _flag_fractions_of_counts(resolved: pl.DataFrame) -> pl.DataFrame:
    """Set ``number_fault`` where an indicator of whole numbers has a fraction; ``24,0`` has none."""
    pointed = resolved["whole_numbers"] & resolved["number"].str.contains(".", literal=True)
    if not pointed.any():
        # Fast path: most returns of a million rows end here.
        return resolved
    fraction = pointed & resolved["number"].str.contains(r"\.[0-9]*[1-9]")
    fault = pl.when(fraction.fill_null(value=False)).then(pl.lit("value_not_whole"))
    return resolved.with_columns(pl.coalesce("number_fault", fault))


def _select_keyed_rows(resolved: pl.DataFrame) -> pl.DataFrame:
    """Select the rows with a whole key, in key order; only their values may be invalid.

    Sorted by one packed integer instead of five columns, after selecting the stored columns: both are several times
    faster on a million rows. Two rows have the same integer, ``sort_key``, exactly if their five columns are equal.
    """
    complete = pl.col("unit_no").is_not_null() & pl.col("own") & pl.col("series_no").is_not_null()
    sort_key = (pl.col("unit_rank") * 2**40 + pl.col("series_rank") * 2**20 + pl.col("period_rank")).alias("sort_key")
    narrowed = resolved.filter(complete).select(*KEY, "row_no", "powiat", "number", "number_fault", sort_key)
    return narrowed.sort("sort_key", maintain_order=True)


def _rank_references(references: References) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Add to each reference table the rank of its units, series or periods in key order."""
    unit = pl.col("voivodeship").cast(pl.Int64) * 2**32 + pl.col("unit_no")
    series = pl.col("series_no").cast(pl.Int64) * 2**16 + pl.col("breakdown_no")
    return (
        references.units.with_columns(unit.rank("dense").cast(pl.Int64).alias("unit_rank")),
        references.series.with_columns(series.rank("dense").cast(pl.Int64).alias("series_rank")),
        references.periods.with_columns(pl.col("effective_on").rank("dense").cast(pl.Int64).alias("period_rank")),
    )


def _find_personal_numbers(table: pl.DataFrame) -> list[pl.DataFrame]:
    columns = ("unit", "indicator", "breakdown", "period")
    suspect = {column: find_personal_numbers(table[column]) for column in columns}
    suspect["value"] = find_personal_numbers_in_values(table["value"])
    return [
        build_findings(table.filter(rows), column, "personal_number") for column, rows in suspect.items() if rows.any()
    ]


def _find_unresolved_cells(resolved: pl.DataFrame, references: References) -> list[pl.DataFrame]:
    listed = references.series.select("indicator", pl.lit(value=True).alias("listed")).unique()
    without_series = resolved.filter(pl.col("series_no").is_null()).join(
        listed, on="indicator", how="left", maintain_order="left"
    )
    wrong_part = without_series.filter(pl.col("listed").is_not_null() & pl.col("effective_on").is_not_null())
    meant = pl.col("indicator").replace_strict(references.indicator_dates, default=None, return_dtype=pl.String)
    unknown = without_series.filter(pl.col("listed").is_null()).with_columns(meant.alias("meant"))
    is_a_date = pl.col("indicator").is_in(list(references.indicator_dates))
    dated = (
        pl.when(pl.col("meant").is_not_null())
        .then(pl.lit("indicator_became_a_date"))
        .when(is_a_date)
        .then(pl.lit("indicator_is_a_date"))
        .otherwise(pl.lit("indicator_unknown"))
    )
    foreign = resolved.filter(pl.col("unit_no").is_not_null() & ~pl.col("own"))
    return [
        build_findings(resolved.filter(pl.col("unit_fault").is_not_null()), "unit", pl.col("unit_fault"), seen="unit",
                    expected=pl.col("unit_expected")),
        build_findings(foreign, "unit", "unit_foreign", seen="unit"),
        build_findings(resolved.filter(pl.col("period_fault").is_not_null()), "period", pl.col("period_fault"),
                    seen="period"),
        build_findings(unknown, "indicator", dated, seen="indicator", expected=pl.col("meant")),
        build_findings(wrong_part, "breakdown", "breakdown_unknown", seen="breakdown"),
    ]  # fmt: skip


def _find_invalid_numbers(resolved: pl.DataFrame, notation: NumberFormat) -> pl.DataFrame:
    faulty = resolved.filter(pl.col("number_fault").is_not_null())
    return build_findings(faulty, "value", pl.col("number_fault"), seen="value", expected=EXAMPLES[notation.decimal])


def _find_duplicates(keyed: pl.DataFrame) -> pl.DataFrame:
    """Find rows with the key of another row: all of them if their values differ, else all but the first.

    Of different values none is stored, since nothing says which of them is meant; an invalid value differs from any.
    """
    # Rows are sorted, so one follows the other.
    again = keyed.filter(pl.col("sort_key") == pl.col("sort_key").shift(1))["sort_key"].unique()
    if again.is_empty():
        return empty_findings()
    row, value = pl.col("row_no"), pl.struct(pl.col("number").cast(_AMOUNT), "number_fault")
    groups = keyed.filter(pl.col("sort_key").is_in(again.implode())).with_columns(
        row.min().over("sort_key").alias("first"),
        row.bottom_k(2).max().over("sort_key").alias("second"),
        ((value.n_unique() == 1) & pl.col("number_fault").is_null().all()).over("sort_key").alias("equal"),
    )
    other = pl.when(row == pl.col("first")).then("second").otherwise("first").cast(pl.String)
    # A row whose value is invalid has a finding of its own.
    found = groups.filter(pl.col("number_fault").is_null() & (~pl.col("equal") | (row != pl.col("first"))))
    return build_findings(found, "indicator", "row_repeated", expected=other)


def _find_parts_over_whole(valid: pl.DataFrame) -> pl.DataFrame:
    """Find "of which" values greater than the whole that they are a part of, where both are in the return."""
    parts = valid.filter((pl.col("breakdown_no") != 0) & pl.col("number").is_not_null())
    if parts.is_empty():
        return build_findings(parts, "value", "part_over_whole")
    keys = ["unit_no", "series_no", "effective_on"]
    whole = valid.filter(pl.col("breakdown_no") == 0).select(*keys, pl.col("number").alias("whole")).unique(keys)
    over = parts.join(whole, on=keys, how="inner").filter(
        pl.col("number").cast(_AMOUNT) > pl.col("whole").cast(_AMOUNT)
    )
    return build_findings(over, "value", "part_over_whole", seen="number", expected=pl.col("whole"))


def _drop_rows_with_errors(valid: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    errors = findings.filter(pl.col("severity") == "error").select("row_no")
    rows = _exclude_rows(valid, errors)
    return rows.select("row_no", *KEY, "powiat", pl.col("number").alias("value"))


def _exclude_rows(rows: pl.DataFrame, excluded: pl.DataFrame) -> pl.DataFrame:
    return rows if excluded.is_empty() else rows.join(excluded, on="row_no", how="anti", maintain_order="left")
