"""Load a generated country through the gateway, and record each write with its moment and position."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random

import httpx
from tests.support.answers import ok
from tests.support.regions.generated_country import (
    CODES,
    DEFINITIONS,
    FORM,
    PERIODS,
    SPANS,
    VOIVODESHIPS,
    Definition,
    Values,
    as_sheet,
    corrected,
    country,
    in_force,
    reported,
)
from tests.support.regions.terc_files import terc_file
from tests.support.services.indicators_service import definition
from tests.support.services.office_client import Office, position_of

INDIVIDUAL_UNITS = 12


@dataclass(frozen=True, slots=True)
class Version:
    """An accepted version of a return."""

    values: Values
    position: int


@dataclass(frozen=True, slots=True)
class Target:
    code: str
    part: str
    status: str
    value: int
    effective_on: date
    position: int

    @property
    def series(self) -> int:
        return in_force(self.code, self.effective_on).series


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant right after an acknowledgement, and the position that was acknowledged."""

    instant: datetime
    position: int


@dataclass
class Ledger:
    """Record of all writes to indicators, in the order in which they were acknowledged."""

    gminy: tuple[str, ...]
    owing: tuple[str, ...]
    """Gminy with a welfare centre, which owes a return for every half-year."""
    returns: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list[Target])
    moments: list[Moment] = field(default_factory=list[Moment])

    def acknowledge(self, answer: httpx.Response) -> int:
        ok(answer)
        position = position_of(answer)
        self.moments.append(Moment(datetime.now(UTC), position))
        return position

    @property
    def observations(self) -> int:
        return sum(len(version.values) for versions in self.returns.values() for version in versions)


class Loader:
    """Loads the country."""

    def __init__(self, office: Office, random: Random, share: float) -> None:
        self._office = office
        self._random = random
        self._country = country(random)
        gminy = tuple(gmina.code for gmina in self._country)
        self._reporting = sorted(random.sample(gminy, int(len(self._country) * share)))
        self.ledger = Ledger(gminy, tuple(self._reporting))
        self._individual = set(random.sample(self._reporting, INDIVIDUAL_UNITS))

    def load(self) -> None:
        """Register, units, definitions; then returns of offices and units in any order, targets in between."""
        self._office.import_register(terc_file(self._country, day="2009-01-01"))
        self._units()
        self._definitions()
        offices = [voivodeship for voivodeship in VOIVODESHIPS if self._collected_in(voivodeship)]
        work = [(f"ROPS-{voivodeship}", span) for voivodeship in offices for span in SPANS]
        work += [(f"OPS-{gmina}", period) for gmina in sorted(self._individual) for period in PERIODS]
        self._random.shuffle(work)
        for n, (unit, span) in enumerate(work):
            self._first_version(unit, span)
            if n % 12 == 0:
                self._target()

    def correct(self, count: int) -> None:
        """Corrects some returns, individual and collective ones, with targets in between."""
        known = sorted(self.ledger.returns)
        for n, key in enumerate(self._random.sample(known, count)):
            self._send(*key, corrected(self._random, self.ledger.returns[key][-1].values))
            if n % 6 == 0:
                self._target()

    def _units(self) -> None:
        units = [(voivodeship, "ROPS") for voivodeship in VOIVODESHIPS] + [(gmina, "OPS") for gmina in self._reporting]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda unit: self._office.add_unit(*unit), units))

    def _definitions(self) -> None:
        for one in DEFINITIONS:
            if one.series == 0:
                self._office.add_indicator(one.code, **_state(one))
            else:
                body = {**definition(**_state(one)), "redefined": True, "change_note": "nowa definicja"}
                headers = {"If-Match": '"v1"'}
                ok(self._office.client.put(f"/v1/indicators/{one.code}", json=body, headers=headers))
        self._office.add_form(FORM, CODES, PERIODS)

    def _first_version(self, unit: str, span: str) -> None:
        place, periods = unit.partition("-")[2], span.split("..")
        gminy = [place] if len(place) == 6 else self._collected_in(place)
        self._send(unit, span, reported(self._random, gminy, periods))

    def _collected_in(self, voivodeship: str) -> Sequence[str]:
        return [one for one in self._reporting if one.startswith(voivodeship) and one not in self._individual]

    def _send(self, unit: str, span: str, values: Values) -> None:
        versions = self.ledger.returns.setdefault((unit, span), [])
        answer = self._office.send_return(FORM, unit, span, as_sheet(values), version=len(versions))
        versions.append(Version(values, self.ledger.acknowledge(answer)))
        assert answer.json()["accepted"] == len(values), answer.text

    def _target(self) -> None:
        code = self._random.choice([code for code in CODES if code != "8.1-2"])
        status = self._random.choice(("original", "proposed", "approved"))
        day = date(self._random.randint(2007, 2011), self._random.choice((1, 7)), 1)
        part = self._random.choice(("", *in_force(code, day).parts))
        value = self._random.choice((0, 3, 7, 800, 6000, 90_000))
        more = {"breakdown": part or None, "effective_on": day.isoformat()}
        position = self.ledger.acknowledge(self._office.set_target(code, status, str(value), **more))
        self.ledger.targets.append(Target(code, part, status, value, day, position))


def _state(one: Definition) -> dict[str, object]:
    return {
        "aggregation": one.aggregation,
        "parts": one.parts,
        "percentage_base": one.base,
        "valid_from": one.valid_from.isoformat(),
    }
