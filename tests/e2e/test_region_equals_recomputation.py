"""A country's figures, for any day, territory and state of knowledge, are what its returns add up to.

Loaded through the gateway as offices would; recomputed in plain Python from what was sent. `MIERNIK_COUNTRY_SHARE` is
the share of the 2,479 gminy that report (1 for all of them), `MIERNIK_COUNTRY_QUESTIONS` how many reports are compared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import httpx
import pytest
from tests.support.answers import ok
from tests.support.regions.country_ledger import Ledger, Loader, Moment
from tests.support.regions.country_oracle import Question, expected_rows, shown_row
from tests.support.regions.generated_country import GMINY, POWIATY, VOIVODESHIPS
from tests.support.services.office_client import DASHBOARD, Office
from tests.support.services.running_system import running_system

from miernik_local.provision import DatabaseUrls

SEED = int(os.environ.get("MIERNIK_COUNTRY_SEED", "2479"))
SHARE = float(os.environ.get("MIERNIK_COUNTRY_SHARE", "0.2"))
QUESTIONS = int(os.environ.get("MIERNIK_COUNTRY_QUESTIONS", "60"))
CORRECTIONS = 40
DASHBOARDS = ({"territory": "PL"}, {"territory": "04", "as_of": "2010-12-31"}, {"territory": "PL", "measure": "7.1"})

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class LoadedCountry:
    """The ledger, clients of two gateways, and dashboards as they were before anything was corrected."""

    ledger: Ledger
    one: httpx.Client
    two: httpx.Client
    before: Moment
    printed: list[bytes]
    current: list[bytes]


@pytest.fixture(scope="module")
def loaded(module_database: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedCountry]:
    logs, begin = tmp_path_factory.mktemp("logs"), time.monotonic()
    with running_system(module_database, logs, indicators=1, gateway=2) as system:
        key = system.client_key("officer")
        with system.gateway_client(key, 0) as one, system.gateway_client(key, 1) as two:
            loader = Loader(Office(one), Random(SEED), SHARE)
            loader.load()
            before = loader.ledger.moments[-1]
            printed = [dashboard(one, before, **query) for query in DASHBOARDS]
            current = [dashboard(one, None, **query) for query in DASHBOARDS]
            loader.correct(CORRECTIONS)
            print(f"{loader.ledger.observations} observations loaded in {time.monotonic() - begin:.0f} s")
            yield LoadedCountry(loader.ledger, one, two, before, printed, current)


def dashboard(client: httpx.Client, known: Moment | None, **query: str) -> bytes:
    given = {"as_of": "2011-12-31", **query} | ({"known_at": known.instant.isoformat()} if known else {})
    answer = client.get(DASHBOARD, params=given)
    ok(answer)
    assert answer.json()["sections"][0]["status"] in ("ok", "incomplete")
    return answer.content


def test_the_country_is_as_large_as_it_should_be(loaded: LoadedCountry) -> None:
    listed = {level: count(loaded.one, level, "2009-01-01") for level in ("voivodeship", "powiat", "gmina")}

    assert listed["voivodeship"] == len(VOIVODESHIPS)
    assert listed["powiat"] == POWIATY
    assert len(loaded.ledger.gminy) == GMINY <= listed["gmina"]
    assert loaded.ledger.observations >= SHARE * 240_000
    assert {gmina[:2] for gmina in reporting(loaded.ledger)} == set(VOIVODESHIPS), "a voivodeship reports nothing"


def count(client: httpx.Client, level: str, day: str) -> int:
    total, query = 0, {"level": level, "on": day, "limit": "500"}
    for _ in range(20):
        page = ok(client.get("/v1/territories", params=query))
        total += len(page["items"])
        if page["next"] is None:
            return total
        query["cursor"] = page["next"]
    raise AssertionError("the list does not end")


def test_every_row_of_every_report_is_what_the_returns_add_up_to(loaded: LoadedCountry) -> None:
    random, compared, past = Random(SEED + 1), 0, 0
    for n in range(QUESTIONS):
        question, moment = asked_at_random(random, loaded.ledger, past=n % 2 == 1)
        parameters = {"as_of": question.as_of.isoformat(), "territory": question.territory}
        parameters |= {"measure": question.measure} if question.measure else {}
        parameters |= {"known_at": moment.instant.isoformat()} if moment else {}
        report = ok(loaded.one.get("/v1/reports/indicators", params=parameters))
        if moment:
            assert report["position"] == moment.position, "the instant stands for another position"
        assert [shown_row(row) for row in report["rows"]] == expected_rows(loaded.ledger, question), question
        compared += len(report["rows"])
        past += moment is not None
    print(f"{QUESTIONS} reports, {past} of them of the past, {compared} rows")

    assert compared > QUESTIONS * 3
    assert past >= QUESTIONS // 2


def reporting(ledger: Ledger) -> list[str]:
    """Gminy of which anything was reported."""
    return sorted({place[0] for versions in ledger.returns.values() for place in versions[0].values})


def asked_at_random(random: Random, ledger: Ledger, *, past: bool) -> tuple[Question, Moment | None]:
    gmina = random.choice(reporting(ledger))
    moment = random.choice(ledger.moments) if past else None
    question = Question(
        as_of=date(2007, 6, 1) + timedelta(days=random.randint(0, 1900)),
        territory=random.choice(("PL", gmina[:2], gmina[:4], gmina)),
        measure=random.choice((None, None, "7", "7.1", "8.1")),
        position=moment.position if moment else None,
    )
    return question, moment


def test_a_dashboard_printed_before_corrections_prints_again_to_the_byte(loaded: LoadedCountry) -> None:
    for client in (loaded.two, loaded.one):
        again = [dashboard(client, loaded.before, **query) for query in DASHBOARDS]
        assert again == loaded.printed
    now = [dashboard(loaded.two, None, **query) for query in DASHBOARDS]

    assert all(figures != former for figures, former in zip(now, loaded.current, strict=True)), "nothing was corrected"
