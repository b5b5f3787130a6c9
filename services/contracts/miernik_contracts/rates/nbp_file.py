"""Parser of responses of the NBP's API, table A.

Two shapes: ``{"table": "A", "code": "EUR", "rates": [{"no": …, "effectiveDate": …, "mid": 4.1445}]}`` for one currency,
and ``[{"table": "A", "no": …, "effectiveDate": …, "rates": [{"code": "EUR", "mid": 4.1445}, …]}]`` for whole tables.
``mid`` is read from its text, never through a binary float.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from miernik_contracts.rates.rules import impossible_day, is_table_of
from miernik_shared.problems import FieldError, Problem
from miernik_shared.strict_json import RepeatedKeysError, parse_json, repeated_keys_problem
from miernik_shared.uploads.limits import ROWS_FOR_ONE, refuse_too_many_rows
from miernik_shared.values.identity import identity_key
from miernik_shared.values.plausible_days import recorded_days

LARGEST_RATE = Decimal(10**6)
_SMALLEST_STEP = Decimal("0.000001")
SHOWN_FINDINGS = 100
_MOST_RATES = 20_000
"""Maximum number of rates in a file; the API gives at most 93 tables of some 35 rates in one response."""


@dataclass(frozen=True, slots=True)
class NbpRate:
    """One rate of table A."""

    table_no: str
    effective_on: date
    rate: Decimal
    number_at: str = field(default="", compare=False)
    """Pointer to the table's number in the file."""
    rate_at: str = field(default="", compare=False)
    """Pointer to the rate in the file."""


@dataclass(frozen=True, slots=True)
class NbpFile:
    """Rates of the wanted currency by day; ``skipped`` counts those of other currencies."""

    rates: dict[date, NbpRate]
    skipped: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rate as it stands in the file, and the pointers to its parts."""

    pointer: str
    table: Any
    code: Any
    number: Any
    day: Any
    mid: Any
    above: str
    """Pointer to the object that holds ``number`` and ``day``."""


def read_nbp(content: bytes, currency: str, today: date) -> NbpFile:
    """Rates of one currency from a response of the NBP's API.

    Raises 400 for malformed JSON; 422 with all findings for a file that is not a table A published by today, for one
    with a key twice in an object, and for one without the currency; 413 for more rates than the API gives.
    """
    entries = list(islice(_entries(_parse(content)), ROWS_FOR_ONE * _MOST_RATES + 1))
    refuse_too_many_rows(len(entries), _MOST_RATES)
    wanted = [entry for entry in entries if entry.code == currency]
    if not wanted:
        error = FieldError("", "nbp_currency_absent", {"currency": currency})
        raise Problem(422, "nbp_file_refused", {"count": "1"}, [error])
    rates: dict[date, NbpRate] = {}
    tables: dict[str, date] = {}
    findings = [finding for entry in wanted for finding in _take(entry, rates, tables, today)]
    if findings:
        raise file_refused(findings)
    return NbpFile(rates, len(entries) - len(wanted))


def file_refused(findings: Sequence[FieldError]) -> Problem:
    """Problem that refuses a whole file, with the first of its findings."""
    return Problem(422, "nbp_file_refused", {"count": str(len(findings))}, findings[:SHOWN_FINDINGS])


def _parse(content: bytes) -> Any:
    try:
        return parse_json(content, number=Decimal)
    except RepeatedKeysError as error:
        raise repeated_keys_problem(error) from error
    except (ValueError, ArithmeticError) as error:
        raise Problem(400, "json_malformed") from error


def _entries(document: Any) -> Iterator[_Entry]:
    for above, block in _blocks(document):
        rates = block.get("rates")
        if not isinstance(rates, list):
            raise _unknown_shape(f"{above}/rates")
        for number, rate in enumerate(cast("list[Any]", rates)):
            pointer = f"{above}/rates/{number}"
            if not isinstance(rate, dict):
                raise _unknown_shape(pointer)
            yield _entry(above, block, pointer, cast("dict[str, Any]", rate))


def _blocks(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Block of a single currency, or each table of the array."""
    if isinstance(document, dict):
        yield "", cast("dict[str, Any]", document)
        return
    if not isinstance(document, list):
        raise _unknown_shape("")
    for number, block in enumerate(cast("list[Any]", document)):
        if not isinstance(block, dict):
            raise _unknown_shape(f"/{number}")
        yield f"/{number}", cast("dict[str, Any]", block)


def _entry(above: str, block: dict[str, Any], pointer: str, rate: dict[str, Any]) -> _Entry:
    if "code" in block:
        place, dated, code = pointer, rate, block["code"]
    else:
        place, dated, code = above, block, rate.get("code")
    return _Entry(
        pointer, block.get("table"), code, _number(dated.get("no")), dated.get("effectiveDate"), rate.get("mid"), place
    )


def _number(value: Any) -> Any:
    """Table number by its key; what is no number is returned for the validation to refuse."""
    return identity_key(value) if isinstance(value, str) and value.isprintable() else value


def _take(entry: _Entry, rates: dict[date, NbpRate], tables: dict[str, date], today: date) -> Iterator[FieldError]:
    """Add a valid entry to the rates by day and to the days by table; yield the findings of an invalid one."""
    day = _day(entry.day)
    findings = list(_faults(entry, day)) or list(_impossible(entry, day, today))
    yield from findings
    if findings or day is None:
        return
    rate = NbpRate(entry.number, day, entry.mid.quantize(_SMALLEST_STEP), f"{entry.above}/no", f"{entry.pointer}/mid")
    if rates.setdefault(day, rate) != rate:
        yield FieldError(entry.pointer, "rate_repeated", {"day": day.isoformat()})
    elif (other := tables.setdefault(entry.number, day)) != day:
        yield table_of_another_day(rate.number_at, entry.number, other)


def table_of_another_day(pointer: str, number: str, other: date) -> FieldError:
    """Finding for a table number that is recorded for another day."""
    return FieldError(pointer, "rate_table_of_another_day", {"table": number, "day": other.isoformat()})


def _impossible(entry: _Entry, day: date | None, today: date) -> Iterator[FieldError]:
    if day is None:
        return
    yield from recorded_days(today.max).find_faults({f"{entry.above}/effectiveDate": day})
    if code := impossible_day("nbp_a", day, today):
        yield FieldError(f"{entry.above}/effectiveDate", code, {"day": day.isoformat()})
    if not is_table_of(entry.number, day):
        params = {"table": entry.number, "year": str(day.year)}
        yield FieldError(f"{entry.above}/no", "rate_table_of_another_year", params)


def _faults(entry: _Entry, day: date | None) -> Iterator[FieldError]:
    if entry.table != "A":
        yield FieldError(entry.above or "/table", "nbp_table_other")
    if day is None:
        yield FieldError(f"{entry.above}/effectiveDate", "rate_day_malformed")
    if not isinstance(entry.number, str) or not 0 < len(entry.number) <= 40 or not entry.number.isprintable():
        yield FieldError(f"{entry.above}/no", "rate_table_missing")
    if not _is_rate(entry.mid):
        yield FieldError(f"{entry.pointer}/mid", "rate_malformed")


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _is_rate(value: Any) -> bool:
    if not isinstance(value, Decimal) or not 0 < value < LARGEST_RATE:
        return False
    return value.quantize(_SMALLEST_STEP) == value


def _unknown_shape(pointer: str) -> Problem:
    return Problem(422, "nbp_file_refused", {"count": "1"}, [FieldError(pointer, "nbp_shape_unknown")])
