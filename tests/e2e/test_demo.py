"""The first thing that anybody tries: start the demo, paste its three requests, press Ctrl-C, start it again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.howto_pages import Course, pages_with_requests, run_page
from tests.support.regions.deck import (
    assert_every_printed_digit,
    assert_offices_do_not_mix,
    assert_one_answer_shows_the_deck,
    percentages,
)
from tests.support.services.demo_process import demo, pasted

from miernik_local.ports import free_port

FIRST_START_SECONDS = 260.0
LATER_START_SECONDS = 260.0
README = Path(__file__).parents[2] / "README.md"
STATUSES = {
    # The pages in an order in which one may build on another; the statuses of their writes, as the pages say.
    "connect-your-system.md": [201, 200, 422, 200, 201],
    "promise-money.md": [201, 201, 200, 201, 201, 201, 201, 201],
    "send-a-list-of-applications.md": [422, 201, 201, 201, 201, 201, 201, 201, 200],
    "send-a-return.md": [422, 200, 201, 201],
    "confirm-an-unlikely-value.md": [422, 201],
    "import-the-register.md": [200, 200, 201, 201],
    "say-who-owes.md": [201, 200, 200],
}
SERVICES = ("calls", "contracts", "indicators")

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the demo's requests are lines for curl")


@pytest.mark.timeout(900)
def test_demo_answers_its_three_requests_and_restarts_with_its_data(tmp_path: Path) -> None:
    directory, port = tmp_path / "state", free_port()
    with demo(directory, port) as first:
        slow = first.wait_for_greeting(FIRST_START_SECONDS)
        assert f"http://127.0.0.1:{port} " in first.printed
        now, tried_out, then = (pasted(line) for line in first.requests)
        assert percentages(now) == ["54,95%", "75,01%", "52,46%", "62,13%"]
        assert (tried_out["status"], tried_out["submission"]["outcome"]) == (422, "rejected")
        assert [error["code"] for error in tried_out["errors"]]
        assert percentages(then) == percentages(now)
        assert then["filters"]["known_at"]
        assert [one.get("status") or percentages(one) for one in tour(first.printed, port)] == [
            percentages(now), 422, percentages(now),
        ]  # fmt: skip
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {keys_in(first.printed)['analyst']}"
            assert_every_printed_digit(client)
            assert_one_answer_shows_the_deck(client)
            assert_offices_do_not_mix(client)
            assert_nothing_needed_a_confirmation(client)
            assert_what_an_officer_can(client, keys_in(first.printed)["officer"])
            assert_what_an_officer_can(client, key_of_one_more(directory, "kierownik"))
            less = key_of_one_more(directory, "czytelnik", "--scope", "dashboards:read")
            assert writes(client, less) == {403}
        family = first.interrupt()
    assert len(family) > 5
    assert [process for process in family if process.is_running()] == []
    assert "Stopped." in first.printed

    with demo(directory, port) as second:
        fast = second.wait_for_greeting(LATER_START_SECONDS)
        assert keys_in(second.printed) == keys_in(first.printed)
        assert "Registering units" not in second.printed
        assert pasted(second.requests[0]) == now
        courses = howtos_followed(second.printed, port)
        assert {page: course.statuses for page, course in courses.items()} == STATUSES
        assert_course_of_money(courses["promise-money.md"])
        assert_course_of_a_list(courses["send-a-list-of-applications.md"])
        assert_course_of_a_return(courses["send-a-return.md"])
        assert_course_of_a_confirmation(courses["confirm-an-unlikely-value.md"])
        assert_course_of_the_register(courses["import-the-register.md"])
        assert_course_of_owing(courses["say-who-owes.md"])
        assert audited(directory) == ["calls", "contracts", "gateway", "indicators"]
        family = second.interrupt()
    assert [process for process in family if process.is_running()] == []
    print(f"first start {slow:.1f} s, second {fast:.1f} s")


def keys_in(printed: str) -> dict[str, str]:
    keys = dict(re.findall(r"(\w+)'s key: +(mk_\S+)", printed))
    assert list(keys) == ["officer", "analyst", "gmina", "integrator"]
    return keys


def tour(printed: str, port: int) -> list[Any]:
    """The answers to the commands of the README, pasted with the variables that it tells to set."""
    keys = keys_in(printed)
    known = f"URL=http://127.0.0.1:{port} ANALYST={keys['analyst']} GMINA={keys['gmina']}\n"
    commands = re.findall(r"^```\n((?:KNOWN_AT|curl).*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    return [pasted(known + command) for command in commands]


def howtos_followed(printed: str, port: int) -> dict[str, Course]:
    """Course of each page of how-tos with requests, run with the address and the keys that the demo printed."""
    keys = {"KEY" if name == "integrator" else name.upper(): key for name, key in keys_in(printed).items()}
    assert pages_with_requests() == sorted(STATUSES)
    return {page: run_page(page, {"URL": f"http://127.0.0.1:{port}", **keys}) for page in STATUSES}


def assert_course_of_money(course: Course) -> None:
    rates, allocations, signed, corrected, amended, terminated, annulled, anew, versions, listed, *rest = course.answers
    assert (rates["added"], len(allocations["items"])) == (1, 1)
    assert [one["value_pln"] for one in (signed, corrected, amended, terminated)] == [
        "49000.00", "49000.00", "45000.00", "45000.00",
    ]  # fmt: skip
    assert (corrected["beneficiary"], terminated["terminated_on"]) == ("Stowarzyszenie Razem w Toruniu", "2012-03-01")
    assert (annulled["annulled"], annulled["number"]) == (True, anew["number"])
    assert [one["action"] for one in versions] == ["signed", "corrected", "amended", "terminated", "annulled"]
    assert [one["id"] for one in listed["items"]] == [annulled["id"]]
    decision, reconciliation = rest
    assert decision["limit_percent"] == "105.00"
    assert reconciliation["rows"]


def assert_course_of_a_list(course: Course) -> None:
    tried, first, second, one_less, annulled, again, *single = course.answers
    assert [error["column"] for error in tried["errors"]] == ["node"]
    counts = [(one["created"], one["changed"], one["unchanged"]) for one in (first, second, again)]
    assert counts == [(2, 0, 0), (1, 1, 1), (0, 1, 1)]
    assert one_less["annulled"]
    assert (annulled["annulled"], annulled["annulment"]["annulled"], annulled["annulment"]["restored"]) == (True, 0, 1)
    corrected, versions, listed = single[2:]
    assert corrected["formally_positive_value_pln"] == "39000.00"
    assert len(versions["items"]) == 3
    assert [one["number"] for one in listed["items"]] == ["L-9/11"]


def assert_course_of_a_return(course: Course) -> None:
    rejected, tried, receipt, corrected, versions, report = course.answers
    assert [error["code"] for error in rejected["errors"]] == ["part_over_whole"]
    assert (tried["outcome"], receipt["version"], corrected["version"]) == ("accepted", 1, 2)
    assert [one["version"] for one in versions["items"]] == [2, 1]
    assert report["known_at"]


def assert_course_of_a_confirmation(course: Course) -> None:
    refused, stored, listed = course.answers
    assert (refused["code"], stored["rate"]) == ("confirmation_required", "28757.000000")
    (one,) = listed["items"]
    assert (one["action"], one["confirmed"][0]["value"]) == ("exchange-rates.recorded", "28757")


def assert_course_of_the_register(course: Course) -> None:
    compared, annulled, editions = course.answers
    assert compared["unlikely"]
    assert annulled["annulled"]
    assert [one["annulled"] for one in editions["items"]].count(True) == 1


def assert_course_of_owing(course: Course) -> None:
    owing, first, second, form, _, values = course.answers
    assert len(owing["items"]) == 144
    assert [len(one["units"]) for one in (first, second)] == [3, 2]
    assert form["owed_by"] == "list"
    assert values["items"]


def assert_nothing_needed_a_confirmation(client: httpx.Client) -> None:
    """The rules for unlikely values leave a whole region alone."""
    assert [client.get(f"/v1/confirmations/{service}").json()["items"] for service in SERVICES] == [[], [], []]


def key_of_one_more(directory: Path, *arguments: str) -> str:
    """The key of one more client of a running demo, made as the greeting says."""
    command = [sys.executable, "-m", "miernik_local", "demo-client", *arguments, "--state", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)["key"]


def audited(directory: Path) -> list[str]:
    """Services of a demo whose chain of changes is whole."""
    command = [sys.executable, "-m", "miernik_local", "audit", "verify", "--state", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return sorted(line.partition(":")[0] for line in done.stdout.splitlines())


def assert_what_an_officer_can(client: httpx.Client, key: str) -> None:
    assert writes(client, key) == {422}


def writes(client: httpx.Client, key: str) -> set[int]:
    """Requests of an office, each with an empty body: 422 where the key permits it."""
    done = ("calls", "applications", "agreements", "allocations", "exchange-rates", "overcontracting-decisions")
    headers = {"Authorization": f"Bearer {key}"}
    answers = {
        one: client.post(f"/v1/{one}", json={}, headers=headers | {"Idempotency-Key": f"{one}-{key[-8:]}"})
        for one in done
    }
    return {answer.status_code for answer in answers.values()}
