"""Recording and importing exchange rates, and finding the one in force on a day."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from miernik_contracts.limit_locks import lock_limits_exclusive
from miernik_contracts.rates import queries
from miernik_contracts.rates.models import rate_import
from miernik_contracts.rates.nbp_file import NbpFile, NbpRate, file_refused, read_nbp, table_of_another_day
from miernik_contracts.rates.plausibility import (
    StatedRate,
    find_unlikely_rates,
    find_unordered_tables,
    widen_span,
)
from miernik_contracts.rates.queries import Rate, RateKey
from miernik_contracts.rates.rules import impossible_day, is_table_of
from miernik_contracts.rates.schemas import ExchangeRate, NewRate, RateImportReceipt, RateInForce
from miernik_contracts.settings import ContractsSettings
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow
from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import FieldError, Problem, invalid, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.plausible_days import planned_days
from miernik_shared.web.unit_of_work import UnitOfWork

FAMILY = "rates"
HOME_CURRENCY = "PLN"


async def record_rate(work: UnitOfWork, new: NewRate) -> tuple[ExchangeRate, bool]:
    """Record one rate. An equal one changes nothing (False); a different one for the same day corrects it."""
    refuse_invalid(list(_validate(new, work.today)))
    key = RateKey(new.source, new.office, new.currency)
    await lock_limits_exclusive(work.connection)
    known = (await queries.rates_between(work.connection, key, new.effective_on, new.effective_on)).get(
        new.effective_on
    )
    values = new.model_dump()
    if known is not None and _is_equal(known, values):
        work.unchanged = True
        return ExchangeRate.model_validate(known, from_attributes=True, context=STORED), False
    await _refuse_table_of_another_day(work, key, new)
    await _require_confirmation(work, key, [StatedRate(new.effective_on, new.rate, new.table_no, "/rate", "/table_no")])
    before = {"table_no": known.table_no, "rate": str(known.rate)} if known is not None else None
    await _append(work, key, [values], before)
    return ExchangeRate(**values, position=work.position), True


async def import_nbp(work: UnitOfWork, content: bytes, currency: str) -> RateImportReceipt:
    """Import a response of the NBP's API. Known rates are not recorded again; a changed rate is a correction."""
    file = await run_in_thread_if_large(len(content), read_nbp, content, currency, work.today)
    days = sorted(file.rates)
    key = RateKey("nbp_a", None, currency)
    await lock_limits_exclusive(work.connection)
    known = await queries.rates_between(work.connection, key, days[0], days[-1])
    rows = [_values(key, file.rates[day].table_no, day, file.rates[day].rate) for day in days]
    new = [row for row in rows if row["effective_on"] not in known or not _is_equal(known[row["effective_on"]], row)]
    corrected = [row for row in new if row["effective_on"] in known]
    if new:
        added = [row["effective_on"] for row in new]
        await _refuse_tables_of_other_days(work, key, file, added)
        await _require_confirmation(work, key, [_stated_rate(file.rates[day]) for day in added])
        before = {row["effective_on"].isoformat(): str(known[row["effective_on"]].rate) for row in corrected}
        await _append(work, key, new, before or None)
    else:
        work.unchanged = True
    return RateImportReceipt(
        source="nbp_a", currency=currency, rates=len(rows), added=len(new) - len(corrected), corrected=len(corrected),
        unchanged=len(rows) - len(new), skipped=file.skipped, first_on=days[0], last_on=days[-1],
        position=work.position,
    )  # fmt: skip


async def find_rate_in_force(work: UnitOfWork, key: RateKey, day: date) -> RateInForce:
    """Rate in force on a day. Raises 422 where the source has none: no other day's rate is guessed."""
    if (key.source == "office") != (key.office is not None):
        raise invalid("/query/office", "rate_office_wrong")
    found = await queries.rate_on(work.connection, key, day, work.known_position)
    if found is None:
        raise rate_unknown(key, day, "/query/on", 422)
    return render_rate(found)


def rate_unknown(key: RateKey, day: date, pointer: str, status: int) -> Problem:
    """Problem for a day without a rate in force."""
    params = {"source": key.source, "currency": key.currency, "day": day.isoformat()}
    return Problem(status, "rate_unknown", params, [FieldError(pointer, "rate_unknown", params)])


def render_rate(rate: Rate) -> RateInForce:
    """API view of a rate in force on a day."""
    return RateInForce(
        source=rate.key.source,
        office=rate.key.office,
        table_no=rate.table_no,
        currency=rate.key.currency,
        effective_on=rate.effective_on,
        rate=rate.rate,
        asked_on=rate.asked_on,
    )


def _validate(new: NewRate, today: date) -> Iterator[FieldError]:
    if (new.source == "office") != (new.office is not None):
        yield FieldError("/office", "rate_office_wrong")
    if new.source == "nbp_a" and new.table_no is None:
        yield FieldError("/table_no", "rate_table_missing")
    if new.source == "nbp_a" and new.table_no and not is_table_of(new.table_no, new.effective_on):
        year = str(new.effective_on.year)
        yield FieldError("/table_no", "rate_table_of_another_year", {"table": new.table_no, "year": year})
    yield from _validate_day(new, today)
    if new.source == "ec_monthly" and new.effective_on.day != 1:
        yield FieldError("/effective_on", "rate_month_starts")
    if new.currency == HOME_CURRENCY:
        yield FieldError("/currency", "rate_currency_home")


def _validate_day(new: NewRate, today: date) -> Iterator[FieldError]:
    """The one error of an impossible day: a source that declares nothing in advance says so, whatever the year."""
    days = planned_days(today)
    code = impossible_day(new.source, new.effective_on, today) if new.effective_on >= days.first else None
    if code is not None:
        yield FieldError("/effective_on", code, {"day": new.effective_on.isoformat()})
    else:
        yield from days.find_faults({"/effective_on": new.effective_on})


async def _refuse_table_of_another_day(work: UnitOfWork, key: RateKey, new: NewRate) -> None:
    """Refuse a table number of the NBP that is recorded for another day."""
    if key.source != "nbp_a" or new.table_no is None:
        return
    others = await queries.tables_of_other_days(work.connection, key, [new.table_no], [new.effective_on])
    if new.table_no in others:
        error = table_of_another_day("/table_no", new.table_no, others[new.table_no])
        raise Problem(422, "request_invalid", errors=[error])


async def _refuse_tables_of_other_days(work: UnitOfWork, key: RateKey, file: NbpFile, new: Sequence[date]) -> None:
    """Refuse a file whose table numbers are recorded for other days; days of the file itself are replaced by it."""
    rates = [file.rates[day] for day in new]
    numbers = [rate.table_no for rate in rates]
    others = await queries.tables_of_other_days(work.connection, key, numbers, list(file.rates))
    findings = [
        table_of_another_day(rate.number_at, rate.table_no, others[rate.table_no])
        for rate in rates
        if rate.table_no in others
    ]
    if findings:
        raise file_refused(findings)


async def _require_confirmation(work: UnitOfWork, key: RateKey, stated: Sequence[StatedRate]) -> None:
    """Raise 422 for unconfirmed rates far from others of their currency, and for table numbers out of order."""
    settings = work.service.settings
    assert isinstance(settings, ContractsSettings)  # noqa: S101 - this service is built with these settings
    days = sorted(one.day for one in stated)
    first, last = widen_span(days[0], days[-1])
    known = await queries.rates_around(work.connection, key, days, first, last)
    unlikely = find_unlikely_rates(stated, known, key.currency, settings)
    if key.source == "nbp_a":
        tables = await queries.tables_between(work.connection, days[0].replace(day=1, month=1), last)
        unlikely += find_unordered_tables(stated, tables)
    work.require_confirmation(unlikely)


def _stated_rate(rate: NbpRate) -> StatedRate:
    return StatedRate(rate.effective_on, rate.rate, rate.table_no, rate.rate_at, rate.number_at)


def _values(key: RateKey, table_no: str | None, day: date, rate: Any) -> dict[str, Any]:
    return {
        "source": key.source,
        "office": key.office,
        "table_no": table_no,
        "currency": key.currency,
        "effective_on": day,
        "rate": rate,
    }


def _is_equal(known: AnyRow, values: dict[str, Any]) -> bool:
    return known.rate == values["rate"] and known.table_no == values["table_no"]


async def _append(
    work: UnitOfWork, key: RateKey, rows: Sequence[dict[str, Any]], before: dict[str, Any] | None
) -> None:
    import_no = await next_key(work.connection, rate_import)
    await queries.insert_rates(work.connection, [{**row, "import_no": import_no} for row in rows])
    header = PositionedRow(rate_import, {"import_no": import_no, "source": key.source, "rates": len(rows)})
    data = {
        "source": key.source,
        "office": key.office,
        "currency": key.currency,
        "rates": [
            {"effective_on": row["effective_on"].isoformat(), "table_no": row["table_no"], "rate": str(row["rate"])}
            for row in rows
        ],
    }
    subject = f"exchange-rates/{key.source}/{key.currency}"
    change = Change("exchange-rates.recorded", subject, (FAMILY,), data, before=before, after=data)
    await work.record(change, header)
