"""A whole country made by code from a seed: register, indicators and what its offices report, some of it corrected.

The same seed gives the same country. Values are small, so that shares and halves are hit often; some are missing, some
are never reported. An "of which" value never exceeds its whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random

from tests.support.regions.terc_files import Gmina

VOIVODESHIPS = tuple(f"{number:02d}" for number in range(2, 33, 2))
POWIATY, GMINY = 380, 2479
YEARS = range(2007, 2012)
PERIODS = tuple(f"{year}-H{half}" for year in YEARS for half in (1, 2))
SPANS = tuple(f"{year}-H1..{year}-H2" for year in YEARS)
FORM = "KRAJ"

Place = tuple[str, str, str, str]
"""Gmina, indicator, part (empty for the whole), period."""
Values = dict[Place, Decimal | None]


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of an indicator's definition. Each one of the same code with another ``series`` starts anew."""

    code: str
    aggregation: str
    base: str
    parts: tuple[str, ...] = ()
    series: int = 0
    valid_from: date = date(2007, 1, 1)

    @property
    def measure(self) -> str:
        return self.code.partition("-")[0]


DEFINITIONS = (
    Definition("7.1-1", "sum", "revised", ("rural", "women")),
    Definition("7.1-2", "last", "original", ("rural",)),
    Definition("7.1-3", "max", "revised"),
    Definition("7.2-1", "sum", "revised", ("rural",)),
    Definition("8.1-1", "sum", "original"),
    Definition("8.1-1", "sum", "original", series=1, valid_from=date(2010, 7, 1)),
    Definition("8.1-2", "last", "revised"),
)
"""In the order in which a report shows them; of the two of ``8.1-1`` the later one is a redefinition."""
CODES = tuple(dict.fromkeys(one.code for one in DEFINITIONS))


@cache
def last_day(period: str) -> date:
    """Last day of a half-year."""
    year, half = int(period[:4]), period[-1]
    return date(year, 6, 30) if half == "1" else date(year, 12, 31)


@cache
def in_force(code: str, day: date) -> Definition:
    """The definition on a day; the first one for days before it."""
    versions = [one for one in DEFINITIONS if one.code == code]
    return next((one for one in reversed(versions) if one.valid_from <= day), versions[0])


def country(random: Random) -> tuple[Gmina, ...]:
    """As many voivodeships, powiaty and gminy as there are, of all kinds, unevenly spread."""
    numbers = dict.fromkeys(VOIVODESHIPS, 0)
    powiaty: list[str] = []
    for n in range(POWIATY):
        voivodeship = VOIVODESHIPS[n] if n < len(VOIVODESHIPS) else random.choice(VOIVODESHIPS)
        numbers[voivodeship] += 1
        powiaty.append(f"{voivodeship}{numbers[voivodeship]:02d}")
    counts = dict.fromkeys(powiaty, 1)
    for _ in range(GMINY - POWIATY):
        counts[random.choice(powiaty)] += 1
    codes = sorted(f"{powiat}{number:02d}" for powiat, count in counts.items() for number in range(1, count + 1))
    return tuple(Gmina(code, random.choice("123"), f"Gmina {code}") for code in codes)


def reported(random: Random, gminy: Sequence[str], periods: Sequence[str]) -> Values:
    """Values that gminy report for some periods."""
    values: Values = {}
    for gmina in gminy:
        for period in periods:
            values |= _of_gmina(random, gmina, period)
    return values


def _of_gmina(random: Random, gmina: str, period: str) -> Iterator[tuple[Place, Decimal | None]]:
    for code in CODES:
        definition = in_force(code, last_day(period))
        whole = _value(random, 40)
        if random.random() < 0.98:
            yield (gmina, code, "", period), whole
        for part in definition.parts:
            yield (gmina, code, part, period), _value(random, 40 if whole is None else int(whole))


def _value(random: Random, limit: int) -> Decimal | None:
    if random.random() < 0.03:
        return None
    return Decimal(random.randint(0, limit * 4)) / 4


def corrected(random: Random, former: Values) -> Values:
    """A later version of the same return: values changed, others now known or missing, two gminy left out."""
    gminy = sorted({place[0] for place in former})
    left_out = set(random.sample(gminy, 2)) if len(gminy) > 10 else set()
    values: Values = {}
    for (gmina, code, part, period), value in former.items():
        if gmina in left_out:
            continue
        values[gmina, code, part, period] = _value(random, 40) if not part and random.random() < 0.05 else value
    return _with_parts_in_bounds(values)


def _with_parts_in_bounds(values: Values) -> Values:
    def bounded(place: Place, value: Decimal | None) -> Decimal | None:
        whole = values.get((place[0], place[1], "", place[3]))
        return value if value is None or whole is None else min(value, whole)

    return {place: bounded(place, value) for place, value in values.items()}


def as_sheet(values: Values) -> str:
    """The return as a file: decimal comma, "n/d" for what is missing, a unit in each row."""
    lines = ["unit;period;indicator;breakdown;value"]
    for (gmina, code, part, period), value in values.items():
        text = "n/d" if value is None else f"{value:f}".replace(".", ",")
        lines.append(f"OPS-{gmina};{period};{code};{part};{text}")
    return "\n".join(lines) + "\n"
