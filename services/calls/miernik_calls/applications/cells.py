"""From the cells of a list to typed columns, each fault with a code. Pure: needs no database."""

import polars as pl

from miernik_calls.applications.state import AMOUNT
from miernik_shared.uploads.numerals import EXACT, NumberFormat, read_numbers

NOTATIONS = {
    ",": NumberFormat(decimal=",", thousands=[" "]),
    ".": NumberFormat(decimal=".", thousands=[" ", ","]),
}
AMOUNT_EXAMPLES = {",": "1234,56", ".": "1234.56"}
DAY_EXAMPLE = "2011-08-31"
_NO_DAY = ("", "-", "–", "n/d", "x", "brak")
_ZLOTY = r"(?i)[\s\u00a0\u202f]*(?:zł|pln)\.?[\s\u00a0\u202f]*$"
_OTHER_CURRENCY = r"(?i)[0-9].*(?:€|\$|£|\p{L}{3})|(?:€|\$|£|\p{L}{3}).*[0-9]"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_POLISH = r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$"
_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def stripped(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells without blanks at the ends; in numbers, codes and titles a line end or several blanks are one."""
    texts = [name for name in ("number", "node", "call", "organisation", "title") if name in frame.columns]
    others = [name for name in frame.columns if name not in {"row_no", *texts}]
    return frame.with_columns(
        *(pl.col(name).fill_null("").str.replace_all(r"[\s\u00a0]+", " ").str.strip_chars() for name in texts),
        *(pl.col(name).fill_null("").str.strip_chars() for name in others),
    )


def read_amounts(cells: pl.Series, decimal: str, *, exact: bool) -> pl.DataFrame:
    """Columns ``value`` (an amount in PLN; null if empty or faulty) and ``fault`` (a code or null)."""
    plain = cells.str.replace(_ZLOTY, "") if not exact else cells
    foreign = plain.str.contains(_OTHER_CURRENCY)
    notation = EXACT if exact else NOTATIONS[decimal]
    # JSON says null for nothing; here an empty text says the same.
    found = read_numbers(plain.replace("", None) if exact else plain, notation, exact=exact, places=2)
    fault = pl.when("foreign").then(pl.lit("amount_other_currency")).otherwise(pl.col("fault"))
    return found.with_columns(foreign.alias("foreign")).select(
        pl.col("number").cast(AMOUNT).alias("value"), fault.alias("fault")
    )


def read_days(cells: pl.Series, *, exact: bool) -> pl.DataFrame:
    """Columns ``value`` (a day; null if empty or faulty) and ``fault``. JSON has one notation, ISO 8601."""
    text = pl.col("text")
    iso = pl.when(text.str.contains(_ISO)).then(text).str.to_date("%Y-%m-%d", strict=False)
    polish = pl.when(text.str.contains(_POLISH)).then(text).str.to_date("%d.%m.%Y", strict=False)
    empty = text.is_in(list(_NO_DAY)) if not exact else text == ""
    day = iso if exact else pl.coalesce(iso, polish)
    table = pl.DataFrame({"text": cells}).select(day.alias("value"), empty.alias("empty"))
    faulty = pl.col("value").is_null() & ~pl.col("empty")
    return table.select("value", pl.when(faulty).then(pl.lit("day_malformed")).alias("fault"))


def unprintable(cells: pl.Series) -> pl.Series:
    """Where a text holds signs that no one can see or store."""
    return cells.str.contains(_UNPRINTABLE)


def is_unprintable(text: str) -> bool:
    """Whether one text does."""
    return bool(unprintable(pl.Series([text])).any())
