"""Replays the sample of recorded dashboards and stores today's answers to the same reports.

For texts that are reworded on purpose. The services' answers stay as they are, so the difference shows texts alone::

    python -m tests.support.recorded_dashboards.reword
    git diff --word-diff tests/fixtures/dashboards
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.support.recorded_dashboards.recording import Case, Recording, load_recording, save_recording
from tests.support.recorded_dashboards.replay import replay_case

SAMPLE = Path(__file__).parents[2] / "fixtures/dashboards"


async def replay_recording(recording: Recording) -> Recording:
    """Recording with today's answers. Raises ``ValueError`` where the gateway sends other requests to the services."""
    cases: list[Case] = []
    for case in recording.cases:
        replayed = await replay_case(case, recording.conditions)
        if any(recorded != sent for _, _, recorded, sent in replayed):
            raise ValueError(f"{case.name}: other requests; record the dashboards anew")
        cases.append(replace(case, steps=tuple(replace(step, answer=answer) for step, answer, _, _ in replayed)))
    return Recording(recording.conditions, tuple(cases))


if __name__ == "__main__":
    save_recording(asyncio.run(replay_recording(load_recording(SAMPLE))), SAMPLE)
