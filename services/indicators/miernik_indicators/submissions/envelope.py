"""Envelope of a return (unit, form, period), validated against the units, the form and its calendar."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from miernik_indicators.forms.queries import find_form, list_periods_between
from miernik_indicators.units.queries import find_by_code, find_by_id
from miernik_shared.database import AnyRow
from miernik_shared.problems import Problem, conflict, invalid
from miernik_shared.uploads.numerals import NumberFormat
from miernik_shared.values.period import Period
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Envelope:
    """Unit, form and period of a return; the period may be a span of periods (``2009-H1..2011-H2``)."""

    form: AnyRow
    unit: AnyRow
    first: Period
    last: Period
    late: bool
    """Whether one of its periods is past its due day."""

    @property
    def period(self) -> str:
        """Canonical text of the period or span."""
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"

    @property
    def starts_on(self) -> date:
        """First day of the span."""
        return self.first.starts_on

    @property
    def ends_on(self) -> date:
        """Last day of the span."""
        return self.last.ends_on

    @property
    def notation(self) -> NumberFormat:
        """Number format of the form."""
        return NumberFormat.model_validate(self.form.number_format)


async def read_envelope(work: UnitOfWork, form_code: str, unit_word: str, period_text: str) -> Envelope:
    """Resolve and validate the envelope.

    Raises 422 for an unknown form, unit or period, 403 for a unit of another caller, 409 for a period that is not open.
    """
    form = await find_form(work.connection, form_code)
    if form is None:
        raise invalid("/query/form", "form_unknown")
    unit = await _find_unit(work, unit_word)
    if not work.caller.region and str(unit.id) not in work.caller.units:
        raise Problem(403, "unit_not_yours")
    first, last = _parse_span(period_text, form.period_kind)
    late = await _check_calendar(work, form, first, last)
    return Envelope(form, unit, first, last, late)


async def _find_unit(work: UnitOfWork, word: str) -> AnyRow:
    try:
        unit = await find_by_id(work.connection, UUID(word))
    except ValueError:
        unit = await find_by_code(work.connection, word)
    if unit is None:
        raise invalid("/query/unit", "unit_not_found")
    return unit


def _parse_span(text: str, kind: str) -> tuple[Period, Period]:
    first_text, _, last_text = text.partition("..")
    try:
        first = Period.parse(first_text)
        last = Period.parse(last_text) if last_text else first
    except ValueError as error:
        raise invalid("/query/period", "period_malformed") from error
    if {first.kind, last.kind} != {kind}:
        raise invalid("/query/period", "period_of_other_kind")
    if last < first:
        raise invalid("/query/period", "period_malformed")
    return first, last


async def _check_calendar(work: UnitOfWork, form: AnyRow, first: Period, last: Period) -> bool:
    """Require every period of the span to be open, on the day in Warsaw at the start of the transaction.

    Returns whether the return is late.
    """
    periods = await list_periods_between(work.connection, form.form_no, first.starts_on, last.ends_on)
    opened = {period.period for period in periods}
    for period in first.through(last):
        if str(period) not in opened:
            raise _period_not_open(str(period), "–", "–")
    for period in periods:
        if work.today < period.opens_on or (period.closes_on and work.today > period.closes_on):
            raise _period_not_open(period.period, period.opens_on.isoformat(), str(period.closes_on or "–"))
    return any(work.today > period.due_on for period in periods)


def _period_not_open(period: str, opens_on: str, closes_on: str) -> Problem:
    return conflict("period_not_open", at="/query/period", period=period, opens_on=opens_on, closes_on=closes_on)
