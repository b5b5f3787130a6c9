"""Rounds of a write and the reads that must show it, while other readers ask for the same dashboards all the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from threading import Event, Thread
from typing import Any

import httpx
from tests.support.answers import ok
from tests.support.services.indicators_service import csv, sheet
from tests.support.services.office_client import DASHBOARD, Office, position_of, shown_rows

FORM, INDICATOR = "SP7", "7.1-1"
DAY = "2011-12-31"
TERRITORIES = ("04", "0402", "22", "PL")
HAMMERED = ("04", "0402")
"""Territories where the achieved value only grows, so that any reader can recognise a stale answer."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Figures for every dashboard: the value of one unit's own return, those of a collective one, a target."""

    own: int = 1
    collective: int = 1
    elsewhere: int | None = 1
    target: int = 1000

    def achieved(self, territory: str) -> Decimal | None:
        here = self.own + self.collective
        if territory in HAMMERED:
            return Decimal(here)
        if territory == "22":
            return None if self.elsewhere is None else Decimal(self.elsewhere)
        return Decimal(here + (self.elsewhere or 0))

    def is_shown_by(self, body: dict[str, Any], territory: str) -> bool:
        return (self.achieved(territory), Decimal(self.target)) == _read_values(body)

    def is_not_before(self, body: dict[str, Any], territory: str) -> bool:
        """Return whether a body is at least as new as this, for a territory where values only grow."""
        achieved, target = _read_values(body)
        least = self.achieved(territory)
        assert least is not None
        return achieved is not None and achieved >= least and target is not None and target >= self.target


def _read_values(body: dict[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    cells = shown_rows(body)[INDICATOR]
    values = (cells["achieved"]["value"], cells["revised_target"]["value"])
    achieved, target = (None if value is None else Decimal(value) for value in values)
    return achieved, target


def set_the_scene(office: Office) -> dict[str, Any]:
    """One indicator, one unit with a return of its own, a collective return over two voivodeships. The changed unit."""
    office.import_register()
    units = [office.add_unit(code) for code in ("040201", "040202", "221208")]
    office.add_unit("04", "ROPS")
    office.add_indicator(INDICATOR)
    office.add_form(FORM, [INDICATOR], ("2010-H1", "2010-H2"))
    truth = Truth()
    ok(office.set_target(INDICATOR, "proposed", str(truth.target)))
    ok(_own_return(office, truth, version=0))
    ok(_collective_return(office, truth, version=0))
    return units[0]


def _own_return(office: Office, truth: Truth, version: int) -> httpx.Response:
    return office.send_return(FORM, "OPS-040201", "2010-H1", csv(f"{INDICATOR};;{truth.own}"), version=version)


def _collective_return(office: Office, truth: Truth, version: int) -> httpx.Response:
    rows = [f"OPS-040202;{INDICATOR};;{truth.collective}"]
    rows += [] if truth.elsewhere is None else [f"OPS-221208;{INDICATOR};;{truth.elsewhere}"]
    return office.send_return(FORM, "ROPS-04", "2010-H2", sheet(*rows), version=version)


class Writes:
    """Four kinds of write, each of which changes what is true, and says what is true then."""

    def __init__(self, unit: dict[str, Any]) -> None:
        self.truth = Truth()
        self._unit = unit
        self._versions = {"own": 1, "collective": 1, "unit": 1}
        self.kinds: Sequence[Callable[[Office, int], httpx.Response]] = (
            self._correct_own, self._correct_collective, self._move_target, self._rename_unit,
        )  # fmt: skip

    def _correct_own(self, office: Office, number: int) -> httpx.Response:
        self.truth = replace(self.truth, own=number)
        return _own_return(office, self.truth, self._next("own"))

    def _correct_collective(self, office: Office, number: int) -> httpx.Response:
        """Return of which every other version leaves the second voivodeship out."""
        elsewhere = None if self.truth.elsewhere else number
        self.truth = replace(self.truth, collective=number, elsewhere=elsewhere)
        return _collective_return(office, self.truth, self._next("collective"))

    def _move_target(self, office: Office, number: int) -> httpx.Response:
        self.truth = replace(self.truth, target=1000 + number)
        return office.set_target(INDICATOR, "proposed", str(self.truth.target))

    def _rename_unit(self, office: Office, number: int) -> httpx.Response:
        """Shown by no figure; the dashboard's position must reach it all the same."""
        headers = {"If-Match": f'"v{self._next("unit")}"'}
        path = f"/v1/reporting-units/{self._unit['id']}"
        return office.client.put(path, json={"name": f"Ośrodek {number}"}, headers=headers)

    def _next(self, what: str) -> int:
        self._versions[what] += 1
        return self._versions[what] - 1


@dataclass
class Acknowledged:
    """Guarantees to readers: the last write acknowledged by each gateway, and the last of all with its position."""

    through: dict[int, Truth]
    last: tuple[int, Truth]


@dataclass
class Counts:
    """Outcome of the rounds. ``stale`` tells of every answer that was older than it had to be."""

    rounds: int = 0
    reads: int = 0
    hammered: int = 0
    unchanged: int = 0
    stale: list[str] = field(default_factory=list[str])
    combinations: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Kinds of write and territories that were read after one."""


class Rounds:
    """Plays rounds through two gateways."""

    def __init__(self, gateways: Sequence[httpx.Client], unit: dict[str, Any], seed: int) -> None:
        self.counts = Counts()
        self._gateways = gateways
        self._offices = [Office(client) for client in gateways]
        self._writes = Writes(unit)
        self._random = Random(seed)
        self.acknowledged = Acknowledged(dict.fromkeys(range(len(gateways)), Truth()), (0, Truth()))
        self._former_tags: dict[tuple[str, str], str] = {}

    @property
    def possible(self) -> set[tuple[str, str]]:
        """Every kind of write with every territory."""
        return {(write.__name__, territory) for write in self._writes.kinds for territory in TERRITORIES}

    def play(self, rounds: int) -> None:
        for number in range(2, rounds + 2):
            self._round(number)
            self.counts.rounds += 1

    def _round(self, number: int) -> None:
        here = number % 2
        write = self._random.choice(self._writes.kinds)
        answer = write(self._offices[here], number)
        ok(answer)
        position, truth = position_of(answer), self._writes.truth
        self.acknowledged.through[here] = truth
        self.acknowledged.last = (position, truth)
        territory, language = self._random.choice(TERRITORIES), self._random.choice(("pl", "en"))
        self.counts.combinations.add((write.__name__, territory))
        known = {"Miernik-Position": answer.headers["miernik-position"]}
        what = f"round {number} ({write.__name__}) of {territory}"
        for gateway, headers in ((here, {}), (1 - here, known)):
            self._look(gateway, territory, language, headers, truth, position, what)

    def _look(
        self,
        gateway: int,
        territory: str,
        language: str,
        headers: Mapping[str, str],
        truth: Truth,
        position: int,
        what: str,
    ) -> None:
        """Reads twice: with the tag of the last round's answer, then with that of this one's."""
        place = (territory, language)
        former = self._former_tags.get(place)
        first = self._read(gateway, territory, language, {**headers, "If-None-Match": former or '"none"'})
        where = f"{what} through gateway {gateway}"
        if first.status_code == 304:
            # No body to look at: fetched by whoever has none, it must be what is true now.
            first = self._read(gateway, territory, language, headers)
            if first.headers["etag"] != former:
                self.counts.stale.append(f"{where}: 304 for a body that has changed")
        if not truth.is_shown_by(ok(first), territory):
            self.counts.stale.append(f"{where}: {_read_values(first.json())} instead of {truth}")
        # A body that the write does not touch may name the position up to which this gateway knows that.
        if position_of(first) < position and (headers or territory != "22"):
            self.counts.stale.append(f"{where}: position {position_of(first)} instead of {position}")
        tag = first.headers["etag"]
        again = self._read(gateway, territory, language, {**headers, "If-None-Match": tag})
        if (again.status_code, again.headers["etag"], again.content) != (304, tag, b""):
            self.counts.stale.append(f"{where}: {again.status_code} to its own tag")
        self.counts.unchanged += again.status_code == 304
        self._former_tags[place] = tag

    def _read(self, gateway: int, territory: str, language: str, headers: Mapping[str, str]) -> httpx.Response:
        self.counts.reads += 1
        return self._gateways[gateway].get(
            DASHBOARD, params=_question(territory), headers={"Accept-Language": language, **headers}
        )


def _question(territory: str) -> dict[str, str]:
    return {"as_of": DAY, "territory": territory}


@contextmanager
def hammering(rounds: Rounds, make_clients: Callable[[], list[httpx.Client]], readers: int) -> Iterator[None]:
    """Readers that keep caches warm and builds running, and check each answer."""
    enough = Event()
    threads = [Thread(target=_hammer, args=(rounds, make_clients(), Random(n), enough)) for n in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def _hammer(rounds: Rounds, gateways: list[httpx.Client], random: Random, enough: Event) -> None:
    kept: dict[tuple[int, str, str], tuple[str, dict[str, Any]]] = {}
    while not enough.is_set():
        gateway, territory, language = random.randrange(2), random.choice(HAMMERED), random.choice(("pl", "en"))
        place = (gateway, territory, language)
        position, least = rounds.acknowledged.last
        headers = {"Miernik-Position": f"indicators={position}"}
        if random.random() < 0.5:
            least, headers = rounds.acknowledged.through[gateway], {}
        headers |= {"Accept-Language": language, "Accept-Encoding": random.choice(("gzip", "identity"))}
        headers |= {"If-None-Match": kept[place][0]} if place in kept else {}
        answer = gateways[gateway].get(DASHBOARD, params=_question(territory), headers=headers)
        if answer.status_code != 304:
            kept[place] = (answer.headers["etag"], ok(answer))
        if not least.is_not_before(kept[place][1], territory):
            rounds.counts.stale.append(f"a reader of {place} saw {_read_values(kept[place][1])}, not {least}")
        rounds.counts.hammered += 1
        time.sleep(0.01)
    for client in gateways:
        client.close()
