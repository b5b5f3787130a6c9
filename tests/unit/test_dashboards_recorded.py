"""Dashboards as they were recorded: the same answers of the services still make the same bytes.

``RECORDED_DASHBOARDS`` names a directory with a recording to replay in place of the sample;
``python -m tests.support.recorded_dashboards`` makes both anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.recorded_dashboards.recording import Case, load_recording
from tests.support.recorded_dashboards.replay import replay_case

SAMPLE = Path(__file__).parents[1] / "fixtures/dashboards"
RECORDING = load_recording(Path(os.environ.get("RECORDED_DASHBOARDS") or SAMPLE))
DASHBOARDS = ("pipeline", "contracting", "calls", "indicators", "overview", "list")


@pytest.mark.parametrize("case", RECORDING.cases, ids=lambda case: case.name)
async def test_same_answers_of_the_services_make_the_same_bytes(case: Case) -> None:
    replayed = await replay_case(case, RECORDING.conditions)
    for step, answer, asked_then, asked_now in replayed:
        assert asked_now == asked_then
        assert (answer.status, answer.body) == (step.answer.status, step.answer.body)
        assert answer.headers == step.answer.headers


@pytest.mark.parametrize("dashboard", DASHBOARDS)
def test_recording_covers_both_languages_and_lost_services(dashboard: str) -> None:
    steps = [step for case in RECORDING.cases if case.file == f"{dashboard}.json" for step in case.steps]
    answers = [step.answer for step in steps]
    assert {"pl", "en"} <= {answer.headers.get("content-language") for answer in answers if answer.status == 200}
    bodies = [answer.body for answer in answers if "miernik-degraded" in answer.headers]
    assert all(any(f'"status":"{status}"' in body for body in bodies) for status in ("missing", "stale"))


@pytest.mark.parametrize("dashboard", DASHBOARDS[:-1])
def test_recording_covers_past_empty_and_refused_dashboards(dashboard: str) -> None:
    steps = [step for case in RECORDING.cases if case.file == f"{dashboard}.json" for step in case.steps]
    shown = [step.answer.body for step in steps if step.answer.status == 200]
    assert any('"positions":{' in body for body in shown)
    assert any('"status":"ok"' in body and '"groups":[]' in body for body in shown)
    assert any(step.answer.status == 422 for step in steps)
