"""The report once more, from what was sent: dictionaries and exact numbers, no SQL, nothing of the service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.support.regions.country_ledger import Ledger, Target
from tests.support.regions.generated_country import DEFINITIONS, PERIODS, Definition, in_force, last_day

Fact = tuple[date, Decimal | None]
Facts = dict[tuple[str, str, int], dict[str, list[Fact]]]
"""Facts by indicator, part and series, then by gmina."""


@dataclass(frozen=True, slots=True)
class Question:
    """``position`` is the last one that counts; None for all."""

    as_of: date
    territory: str
    measure: str | None = None
    position: int | None = None

    def knows(self, position: int) -> bool:
        return self.position is None or position <= self.position


Row = dict[str, object]


def expected_rows(ledger: Ledger, question: Question) -> list[Row]:
    """The rows that a report must have, in its order."""
    facts = _facts(ledger, question)
    return [
        _row(ledger, question, definition, part, facts)
        for definition in _definitions(question)
        for part in ("", *definition.parts)
    ]


def _definitions(question: Question) -> Iterator[Definition]:
    for definition in DEFINITIONS:
        measure = question.measure
        asked = measure is None or definition.measure == measure or definition.measure.startswith(f"{measure}.")
        if (
            asked
            and definition.valid_from <= question.as_of
            and in_force(definition.code, question.as_of) == definition
        ):
            yield definition


def _facts(ledger: Ledger, question: Question) -> Facts:
    """Values that count, by indicator, part and series, then by gmina."""
    prefix = "" if question.territory == "PL" else question.territory
    found: Facts = {}
    for versions in ledger.returns.values():
        counted = [version for version in versions if question.knows(version.position)]
        for (gmina, code, part, period), value in counted[-1].values.items() if counted else ():
            day = last_day(period)
            if day <= question.as_of and gmina.startswith(prefix):
                series = (code, part, in_force(code, day).series)
                found.setdefault(series, {}).setdefault(gmina, []).append((day, value))
    return found


def _row(ledger: Ledger, question: Question, definition: Definition, part: str, facts: Facts) -> Row:
    own = facts.get((definition.code, part, definition.series), {})
    states = [state for of_gmina in own.values() for state in _states(definition.aggregation, of_gmina)]
    values = [state for state in states if state is not None]
    achieved = sum(values, Decimal(0)) if values else None
    base = _base(_targets(ledger, question, definition, part), definition.base)
    return {
        "indicator": definition.code,
        "breakdown": part or None,
        "achieved": achieved,
        "reported": len(values),
        "missing": len(states) - len(values),
        **_counts(ledger, question, definition, facts, gaps=len(states) - len(values)),
        "percentage": _percentage(achieved, base),
        "percentage_base": base.status if base else None,
    }


def _counts(ledger: Ledger, question: Question, definition: Definition, facts: Facts, *, gaps: int) -> Row:
    """Gminy that owe the newest half-year and that gave the whole for it, and whether nothing is missing."""
    prefix = "" if question.territory == "PL" else question.territory
    owing = {gmina for gmina in ledger.owing if gmina.startswith(prefix)}
    first = definition.valid_from if definition.series else date.min
    periods = [period for period in PERIODS if first <= last_day(period) <= question.as_of]
    whole = facts.get((definition.code, "", definition.series), {})
    gave = {
        period: sum((last_day(period), None) not in of_gmina and last_day(period) in dict(of_gmina)
                    for gmina, of_gmina in whole.items() if gmina in owing)
        for period in periods
    }  # fmt: skip
    if not periods:
        return {"owing": None, "given_for_period": 0, "complete": False}
    asked = periods[-1:] if definition.aggregation == "last" else periods
    complete = not gaps and all(gave[period] == len(owing) for period in asked)
    return {"owing": len(owing), "given_for_period": gave[periods[-1]], "complete": complete}


def _states(aggregation: str, facts: Sequence[Fact]) -> list[Decimal | None]:
    """Values that a gmina contributes: all of them, the last one, or the greatest."""
    if aggregation == "sum":
        return [value for _, value in facts]
    if aggregation == "last":
        return [max(facts, key=lambda fact: fact[0])[1]]
    return [max((value for _, value in facts if value is not None), default=None)]


def _targets(ledger: Ledger, question: Question, definition: Definition, part: str) -> list[Target]:
    """Targets in force on the day, in the order in which they were recorded."""
    return [
        target
        for target in ledger.targets
        if (target.code, target.part, target.series) == (definition.code, part, definition.series)
        and question.knows(target.position)
        and target.effective_on <= question.as_of
    ]


def _base(targets: Sequence[Target], wanted: str) -> Target | None:
    """The latest revised target if that is wanted and there is one, else the latest original one."""
    latest: dict[bool, Target] = {}
    for target in sorted(targets, key=lambda target: (target.effective_on, target.position)):
        latest[target.status == "original"] = target
    return latest.get(False, latest.get(True)) if wanted == "revised" else latest.get(True)


def _percentage(achieved: Decimal | None, base: Target | None) -> Decimal | None:
    if achieved is None or base is None or base.value == 0:
        return None
    hundredths = Fraction(achieved) * 10_000 / base.value
    return Decimal(floor(hundredths + Fraction(1, 2))) / 100


def shown_row(row: dict[str, object]) -> Row:
    """The same members of a row of the service's report, decimals as numbers."""
    names = (
        "indicator", "breakdown", "achieved", "reported", "missing", "owing", "given_for_period", "complete",
        "percentage", "percentage_base",
    )  # fmt: skip
    decimals = ("achieved", "percentage")
    return {
        name: Decimal(str(row[name])) if name in decimals and row[name] is not None else row[name] for name in names
    }
