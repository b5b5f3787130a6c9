"""Parsing of the cells of a list into typed columns, each fault with a code. Pure: needs no database."""

import polars as pl

from miernik_calls.application_imports.day_faults import explain_malformed_day
from miernik_calls.applications.version_columns import AMOUNT
from miernik_shared.uploads.identity_columns import identity_keys, shown_identifiers, shown_texts
from miernik_shared.uploads.numerals import EXACT, WITH_A_WORD, NumberFormat, read_numbers

NOTATIONS = {
    ",": NumberFormat(decimal=",", thousands=[" "]),
    ".": NumberFormat(decimal=".", thousands=[" ", ","]),
}
AMOUNT_EXAMPLES = {",": "1234,56", ".": "1234.56"}
DAY_EXAMPLE = "2011-08-31"
_NO_DAY = ("", "-", "–", "n/d", "x", "brak")
# Without U+0085: it is half of a misdecoded "ą", by which mojibake is found.
_BLANKS = r"[\s--\x85]+"
_ZLOTY = r"(?i)[\s\u00a0\u202f]*(?:zł|pln)\.?[\s\u00a0\u202f]*$"
_OTHER_CURRENCY = r"(?i)[0-9].*(?:€|\$|£|\p{L}{3})|(?:€|\$|£|\p{L}{3}).*[0-9]"
_GROUPED_BY_DOTS = r"^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$"
_BLANK_AFTER_COMMA = r"^([0-9 \u00a0\u202f]*[0-9],)[ \u00a0\u202f]([0-9]+)$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_POLISH = r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$"
_MIDNIGHT = r"[ T]0?0:00(?::00)?$"


def strip_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip the cells; in numbers, codes and titles, collapse line ends and runs of blanks into one blank.

    Numbers and titles are brought into their shown form; the column ``number_key`` is added.
    """
    texts = [name for name in ("number", "node", "call", "organisation", "title") if name in frame.columns]
    others = [name for name in frame.columns if name not in {"row_no", *texts}]
    stripped = frame.with_columns(
        *(pl.col(name).fill_null("").str.replace_all(_BLANKS, " ").str.strip_chars() for name in texts),
        *(pl.col(name).fill_null("").str.strip_chars() for name in others),
    )
    titles = [shown_texts(stripped["title"])] if "title" in stripped.columns else []
    shown = stripped.with_columns(shown_identifiers(stripped["number"]), *titles)
    return shown.with_columns(identity_keys(shown["number"]).alias("number_key"))


def read_amounts(cells: pl.Series, decimal: str, *, exact: bool) -> pl.DataFrame:
    """Columns ``value`` (an amount in PLN; null if empty or faulty) and ``fault`` (a code or null)."""
    plain = cells.str.replace(_ZLOTY, "") if not exact else cells
    if decimal == "," and not exact:
        plain = _drop_dots_and_blanks(plain)
    foreign = plain.str.contains(_OTHER_CURRENCY) & ~plain.str.contains(WITH_A_WORD)
    notation = EXACT if exact else NOTATIONS[decimal]
    # In JSON an empty text means null.
    found = read_numbers(plain.replace("", None) if exact else plain, notation, exact=exact, places=2)
    fault = pl.when("foreign").then(pl.lit("amount_other_currency")).otherwise(pl.col("fault"))
    return found.with_columns(foreign.alias("foreign")).select(
        pl.col("number").cast(AMOUNT).alias("value"), fault.alias("fault")
    )


def _drop_dots_and_blanks(amounts: pl.Series) -> pl.Series:
    """Remove thousands separators: ``406.097,28`` becomes ``406097,28``, and ``60, 7`` becomes ``60,7``.

    The decimal comma leaves no doubt about the other signs.
    """
    amount = pl.col("amount").str.replace(_BLANK_AFTER_COMMA, "$1$2")
    dotted = pl.when(amount.str.contains(_GROUPED_BY_DOTS)).then(amount.str.replace_all(".", "", literal=True))
    return pl.DataFrame({"amount": amounts}).select(dotted.otherwise(amount).alias("amount"))["amount"]


def read_days(cells: pl.Series, *, exact: bool) -> pl.DataFrame:
    """Columns ``value`` (a day; null if empty or faulty) and ``fault``. JSON has one notation, ISO 8601.

    A midnight after the day is dropped: spreadsheets without a type for days export one.
    """
    text = pl.col("text").str.replace(_MIDNIGHT, "")
    iso = pl.when(text.str.contains(_ISO)).then(text).str.to_date("%Y-%m-%d", strict=False)
    polish = pl.when(text.str.contains(_POLISH)).then(text).str.to_date("%d.%m.%Y", strict=False)
    empty = text.is_in(list(_NO_DAY)) if not exact else text == ""
    day = iso if exact else pl.coalesce(iso, polish)
    table = pl.DataFrame({"text": cells}).select(
        day.alias("value"), empty.alias("empty"), explain_malformed_day(text).alias("malformed")
    )
    faulty = pl.col("value").is_null() & ~pl.col("empty")
    return table.select("value", pl.when(faulty).then(pl.col("malformed")).alias("fault"))
