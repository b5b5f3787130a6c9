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
MONEY = README.parent / "docs/howto/promise-money.md"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the demo's requests are lines for curl")


@pytest.mark.timeout(900)
def test_demo_answers_its_three_requests_and_restarts_with_its_data(tmp_path: Path) -> None:
    directory, port = tmp_path / "state", free_port()
    with demo(directory, port) as first:
        slow = first.wait_for_greeting(FIRST_START_SECONDS)
        assert f"http://127.0.0.1:{port} " in first.printed
        now, tried_out, then = (pasted(line) for line in first.requests)
        assert percentages(now) == ["54,95%", "75,01%", "52,46%", "62,13%"]
        assert (tried_out["outcome"], tried_out["rows"]) == ("rejected", 3)
        assert [finding["code"] for finding in tried_out["first_findings"]]
        assert percentages(then) == percentages(now)
        assert then["filters"]["known_at"]
        assert [one.get("outcome") or percentages(one) for one in tour(first.printed, port)] == [
            percentages(now), "rejected", percentages(now),
        ]  # fmt: skip
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {keys_in(first.printed)['analyst']}"
            assert_every_printed_digit(client)
            assert_one_answer_shows_the_deck(client)
            assert_offices_do_not_mix(client)
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
        rates, allocations, agreement, decision, reconciliation = money_promised(second.printed, port)
        assert (rates["added"], len(allocations["items"])) == (1, 1)
        assert (agreement["value_pln"], decision["limit_percent"]) == ("49000.00", "105.00")
        assert reconciliation["rows"]
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


def money_promised(printed: str, port: int) -> list[Any]:
    """The answers to the requests of the page on promising money, in its order; each is one that succeeds."""
    known = f"set -e\nexport URL=http://127.0.0.1:{port} OFFICER={keys_in(printed)['officer']}\n"
    node, *requests = re.findall(r"^```\n(.*?)^```", MONEY.read_text(), re.MULTILINE | re.DOTALL)
    return [pasted(known + node + request.replace("curl", "curl --fail", 1)) for request in requests]


def key_of_one_more(directory: Path, *arguments: str) -> str:
    """The key of one more client of a running demo, made as the greeting says."""
    command = [sys.executable, "-m", "miernik_local", "demo-client", *arguments, "--state", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)["key"]


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
