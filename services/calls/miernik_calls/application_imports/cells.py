"""Parsing of the cells of a list into typed columns, each fault with a code. Pure: needs no database."""

from collections.abc import Sequence

import polars as pl

from miernik_calls.applications.version_columns import AMOUNT
from miernik_shared.uploads.decimal_signs import EXAMPLES, Sign, Told, declare_notation, tell_notation
from miernik_shared.uploads.identity_columns import identity_keys, shown_identifiers, shown_texts
from miernik_shared.uploads.numerals import EXACT, WITH_A_WORD, NumberFormat, normalise_signs, read_numbers

_EXACT = EXACT.model_copy(update={"missing": NumberFormat().missing})

# Without U+0085: it is half of a misdecoded "ą", by which mojibake is found.
_BLANKS = r"[\s--\x85]+"
_ZLOTY = r"(?i)[\s\u00a0\u202f]*(?:zł|pln)\.?[\s\u00a0\u202f]*$"
_OTHER_CURRENCY = r"(?i)[0-9].*(?:€|\$|£|\p{L}{3})|(?:€|\$|£|\p{L}{3}).*[0-9]"
_BLANK_AFTER_COMMA = r"^([0-9 \u00a0\u202f]*[0-9],)[ \u00a0\u202f]([0-9]+)$"


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


def tell_amounts(columns: Sequence[pl.Series], decimal: Sign | None, *, exact: bool) -> Told:
    """Notation of the amounts of a list: the ``decimal`` sign that its sender states, else what the amounts tell.

    JSON has one notation, unless its texts can only have another.
    """
    if exact:
        told = tell_notation(columns, _EXACT, _EXACT)
        return told if told.code is None else Told(_EXACT, ".")
    if decimal is not None:
        return Told(declare_notation(decimal, _EXACT.missing), decimal)
    return tell_notation([_drop_zloty(one) for one in columns], None, NumberFormat())


def read_amounts(cells: pl.Series, told: Told) -> pl.DataFrame:
    """Columns ``value`` (an amount in PLN; null if empty or faulty), ``fault`` (a code or null) and ``expected``."""
    plain = _drop_zloty(cells)
    foreign = plain.str.contains(_OTHER_CURRENCY) & ~plain.str.contains(WITH_A_WORD)
    notation = told.notation
    found = read_numbers(plain if notation.decimal == "," else cells.str.replace(_ZLOTY, ""), notation, places=2)
    example = EXAMPLES[notation.decimal]
    unsettled = (
        normalise_signs(plain).str.contains(told.unsettled)
        if told.unsettled
        else pl.repeat(False, len(cells), eager=True)
    )
    fault = (
        pl.when("foreign")
        .then(pl.lit("amount_other_currency"))
        .when("unsettled")
        .then(pl.lit(told.code, dtype=pl.String))
        .otherwise(pl.col("fault"))
    )
    return found.with_columns(foreign.alias("foreign"), unsettled.alias("unsettled")).select(
        pl.when(fault.is_null()).then(pl.col("number")).cast(AMOUNT).alias("value"),
        fault.alias("fault"),
        pl.lit(example).alias("expected"),
    )


def _drop_zloty(amounts: pl.Series) -> pl.Series:
    """Amounts without the name of the currency; ``60, 7`` becomes ``60,7``."""
    return amounts.str.replace(_ZLOTY, "").str.replace(_BLANK_AFTER_COMMA, "$1$2")
