"""Parsing of days as people and spreadsheets write them, a column at a time. Pure: needs no database.

Day before month throughout, as in Polish; ``02/01/2011``, in which programs may write the month first, is read only if
another date of the list with slashes settles it.
"""

from collections.abc import Sequence

import polars as pl

from miernik_shared.uploads.numerals import is_gap

DAY_EXAMPLE = "2011-08-31"
NO_DAY = ("", "-", "n/d", "x", "brak")
"""Words for "no day"."""
_MIDNIGHT = r"(?:[ T]\s*0{1,2}:00(?::00(?:[.,]0+)?)?| 12:00(?::00)? ?AM)$"
_YEAR_MARK = r"\s*(?:r\.?|roku)$"
_MONTHS = (
    ("stycznia", "styczen", "sty", "january", "jan", "i"),
    ("lutego", "luty", "lut", "february", "feb", "ii"),
    ("marca", "marzec", "mar", "march", "iii"),
    ("kwietnia", "kwiecien", "kwi", "april", "apr", "iv"),
    ("maja", "maj", "may", "v"),
    ("czerwca", "czerwiec", "cze", "june", "jun", "vi"),
    ("lipca", "lipiec", "lip", "july", "jul", "vii"),
    ("sierpnia", "sierpien", "sie", "august", "aug", "viii"),
    ("wrzesnia", "wrzesien", "wrz", "september", "sep", "ix"),
    ("pazdziernika", "pazdziernik", "paz", "october", "oct", "x"),
    ("listopada", "listopad", "lis", "november", "nov", "xi"),
    ("grudnia", "grudzien", "gru", "december", "dec", "xii"),
)
_NAMES = {name: str(number) for number, names in enumerate(_MONTHS, 1) for name in names}
_NAMED = r"^([0-9]{1,2})\.?[ .\-]+([a-z]+)\.?[ .\-]+([0-9]{4})$"
_YEAR_FIRST = r"^([0-9]{4})[./\-]([0-9]{1,2})[./\-]([0-9]{1,2})$"
_COMPACT = r"^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$"
_DAY_FIRST = r"^([0-9]{1,2})(?:\. ?|[-/])([0-9]{1,2})(?:\. ?|[-/])([0-9]{4})$"
_SLASHES = r"^([0-9]{1,2})/([0-9]{1,2})/[0-9]{4}$"
_TWO_DIGIT_YEAR = r"^(?:[0-9]{1,2}[./\-][0-9]{1,2}[./\-][0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{2})$"
_SWAPPED_ISO = r"^[0-9]{4}[./\-](?:1[3-9]|2[0-9]|3[01])[./\-](?:0?[1-9]|1[0-2])$"
_LETTERS = {"ą": "a", "ć": "c", "ę": "e", "ł": "l", "ń": "n", "ó": "o", "ś": "s", "ź": "z", "ż": "z", "\u00a0": " "}


def read_days(columns: Sequence[pl.Series]) -> list[pl.DataFrame]:
    """Parse the columns of days of one list; for each, ``value`` (null if empty or faulty) and ``fault``.

    A midnight after the day is dropped: spreadsheets without a type for days export one.
    """
    if not columns:
        return []
    texts = [_normalise(cells) for cells in columns]
    day_first = _is_day_first(texts)
    return [_read_column(cells, text, day_first=day_first) for cells, text in zip(columns, texts, strict=True)]


def _normalise(cells: pl.Series) -> pl.Series:
    """Text without midnight and the mark of the year, with month names as numbers."""
    text = cells.str.strip_chars().str.replace(_MIDNIGHT, "")
    if not text.str.contains(r"[^0-9./\-]").any():
        return text
    plain = text.str.to_lowercase().str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    plain = plain.str.replace_all(r"\s+", " ").str.replace(_YEAR_MARK, "").str.strip_chars()
    frame = pl.DataFrame({"plain": plain})
    month = pl.col("plain").str.extract(_NAMED, 2).replace_strict(_NAMES, default=None, return_dtype=pl.String)
    named = pl.concat_str(
        pl.col("plain").str.extract(_NAMED, 1), month, pl.col("plain").str.extract(_NAMED, 3), separator="."
    )
    return frame.select(pl.coalesce(named, "plain").alias("text"))["text"]


def _is_day_first(texts: Sequence[pl.Series]) -> bool:
    """Whether dates with slashes certainly have the day first: some cannot be read otherwise, and none contradicts."""
    parts = pl.DataFrame({"text": pl.concat([one.rename("text") for one in texts])}).select(
        pl.col("text").str.extract(_SLASHES, 1).cast(pl.Int32).alias("first"),
        pl.col("text").str.extract(_SLASHES, 2).cast(pl.Int32).alias("second"),
    )
    return bool((parts["first"] > 12).any()) and not (parts["second"] > 12).any()


def _read_column(cells: pl.Series, text: pl.Series, *, day_first: bool) -> pl.DataFrame:
    frame = pl.DataFrame({"text": text, "gap": is_gap(cells, NO_DAY)})
    column = pl.col("text")
    day = pl.coalesce(
        _build_date(_YEAR_FIRST, year=1, month=2, day=3),
        _build_date(_COMPACT, year=1, month=2, day=3),
        _build_date(_DAY_FIRST, year=3, month=2, day=1),
    )
    first, second = (column.str.extract(_SLASHES, part).cast(pl.Int32) for part in (1, 2))
    either = (first <= 12) & (second <= 12) & (first != second) & pl.lit(not day_first)
    fault = (
        pl.when(column.is_null() | pl.col("gap"))
        .then(None)
        .when(either.fill_null(value=False))
        .then(pl.lit("day_ambiguous"))
        .when(day.is_not_null())
        .then(None)
        .otherwise(_explain_malformed(column))
    )
    read = frame.select(day.alias("value"), fault.alias("fault"))
    return read.select(pl.when(pl.col("fault").is_null()).then("value").alias("value"), "fault")


def _explain_malformed(text: pl.Expr) -> pl.Expr:
    """Code of the fault of a text that is no day: a short year, an exchanged day and month, or anything else."""
    month_first = (text.str.extract(_DAY_FIRST, 2).cast(pl.Int32) > 12).fill_null(value=False)
    return (
        pl.when(text.str.contains(_TWO_DIGIT_YEAR))
        .then(pl.lit("day_with_two_digit_year"))
        .when(month_first | text.str.contains(_SWAPPED_ISO))
        .then(pl.lit("day_and_month_swapped"))
        .otherwise(pl.lit("day_malformed"))
    )


def _build_date(pattern: str, *, year: int, month: int, day: int) -> pl.Expr:
    """Date from the groups of a pattern; null for another text and for a day that does not exist."""
    parts = [
        pl.col("text").str.extract(pattern, group).str.zfill(width)
        for group, width in ((year, 4), (month, 2), (day, 2))
    ]
    return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)
