"""An outage of one part costs its own figures and nothing else: no 500, no silent zero, no write done twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import csv
from tests.support.services.office_client import DASHBOARD, Office, shown_rows
from tests.support.services.running_system import OwnDatabase, Replica, RunningSystem, own_database, running_system

from miernik_local.processes import STOP_SECONDS

FORM, INDICATOR, UNIT = "SP7", "7.1-1", "OPS-040201"
QUESTION = {"as_of": "2011-12-31", "territory": "04"}
NEVER_ASKED = {"as_of": "2011-12-31", "territory": "22"}
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Running:
    """The system with one return of 5 persons for 2010-H1."""

    system: RunningSystem
    database: OwnDatabase
    office: Office

    @property
    def indicators(self) -> Replica:
        return self.system.replicas["indicators"][0]

    def read(self, question: dict[str, str]) -> httpx.Response:
        answer = self.office.client.get(DASHBOARD, params=question)
        assert answer.status_code != 500, answer.text
        return answer


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    logs = tmp_path_factory.mktemp("logs")
    with (
        own_database() as database,
        running_system(database.urls, logs, indicators=1, gateway=1) as system,
        system.gateway_client(system.client_key("officer")) as client,
    ):
        office = Office(client)
        office.import_register()
        office.add_unit("040201")
        office.add_indicator(INDICATOR)
        office.add_form(FORM, [INDICATOR], ("2010-H1", "2010-H2"))
        ok(office.send_return(FORM, UNIT, "2010-H1", csv(f"{INDICATOR};;5")))
        yield Running(system, database, office)


def section(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return answer.json()["sections"][0]


def achieved(answer: httpx.Response) -> str:
    return shown_rows(answer.json())[INDICATOR]["achieved"]["value"]


def eventually(read: Callable[[], httpx.Response], holds: Callable[[httpx.Response], bool]) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(answer := read()):
        assert time.monotonic() < deadline, f"{answer.status_code} {answer.text}"
        time.sleep(0.1)
    return answer


def test_outage_shows_only_the_last_read_and_a_write_is_done_once(running: Running) -> None:
    whole = running.read(QUESTION)
    assert section(whole)["status"] == "incomplete", "its unit has not sent the second half-year"
    begin = time.monotonic()
    running.indicators.stop()
    assert time.monotonic() - begin < STOP_SECONDS + 3, "an open long poll held up the end of the process"

    stale = eventually(lambda: running.read(QUESTION), lambda answer: "miernik-degraded" in answer.headers)
    assert stale.headers["miernik-degraded"] == "indicators"
    assert (section(stale)["status"], achieved(stale)) == ("stale", achieved(whole))
    assert section(stale)["as_of_instant"]
    assert section(stale)["notice"]
    assert section(stale)["position"] <= int(whole.headers["miernik-position"].removeprefix("indicators="))
    assert "etag" not in stale.headers
    assert stale.headers["cache-control"] == "no-store"

    missing = running.read(NEVER_ASKED)
    assert (section(missing)["status"], section(missing)["groups"]) == ("missing", [])
    assert section(missing)["notice"]

    refused = send(running)
    assert_problem(refused, 503, "service_unavailable")
    assert refused.headers["retry-after"]

    running.indicators.start()
    running.indicators.wait_until_ready()
    sent, again = send(running), send(running)
    assert (sent.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-replayed"] == "true"
    assert sent.json() == again.json()
    recovered = eventually(lambda: running.read(QUESTION), lambda answer: "miernik-degraded" not in answer.headers)
    assert (section(recovered)["status"], achieved(recovered)) == ("ok", "12.000000")
    versions = running.office.client.get("/v1/submissions", params={"period": "2010-H2"}).json()["items"]
    assert [one["version"] for one in versions] == [1]


def send(running: Running) -> httpx.Response:
    return running.office.send_return(FORM, UNIT, "2010-H2", csv(f"{INDICATOR};;7"), key="during-the-outage")


def test_a_database_that_crashed_costs_503_until_it_is_back(running: Running) -> None:
    eventually(lambda: running.read(QUESTION), lambda answer: answer.status_code == 200)
    running.database.crash()
    down = eventually(lambda: running.read(QUESTION), lambda answer: answer.status_code == 503)
    assert_problem(down, 503, "database_unavailable")
    for path in ("/v1/reporting-units", "/v1/feeds/indicators/events"):
        answer = running.office.client.get(path)
        assert_problem(answer, 503, "database_unavailable")
    running.database.start_again()
    back = eventually(lambda: running.read(QUESTION), lambda answer: "etag" in answer.headers)
    assert section(back)["status"] == "ok"
