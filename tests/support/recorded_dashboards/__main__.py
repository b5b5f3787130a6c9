"""Records the dashboards as today's code composes them from today's services.

Run it from the root of the repository whenever a text or a figure of a dashboard is changed on purpose::

    python -m tests.support.recorded_dashboards /tmp/recorded

It loads the demo's region into a database of its own, changes its past twice, asks every question of ``questions.py``
and writes all cases into the directory given and the sample of them into ``tests/fixtures/dashboards``, in place of
what was there. ``RECORDED_DASHBOARDS=/tmp/recorded pytest tests/unit/test_dashboards_recorded.py`` replays all of
them. Ids and moments differ from one recording to the next, so that a difference is to be read for texts and figures.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from tests.support.recorded_dashboards.recorder import record_plans
from tests.support.recorded_dashboards.recording import Recording, save_recording
from tests.support.recorded_dashboards.region import RecordedRegion
from tests.support.services.running_system import own_database, running_system

SAMPLE = Path(__file__).parents[2] / "fixtures/dashboards"


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.support.recorded_dashboards", description=__doc__)
    arguments.add_argument("directory", type=Path, help="where all cases are written")
    directory = arguments.parse_args().directory
    with (
        tempfile.TemporaryDirectory() as logs,
        own_database() as database,
        running_system(database.urls, Path(logs), calls=1, contracts=1, indicators=1, gateway=1) as system,
    ):
        key = system.client_key("officer")
        with system.gateway_client(key) as client:
            region = RecordedRegion(system.url("gateway"), key, client)
            region.prepare()
        recording, sample = asyncio.run(record_plans(system, region))
    save_recording(recording, directory)
    save_recording(Recording(recording.conditions, sample), SAMPLE)
    print(f"{len(recording.cases)} cases in {directory}, {len(sample)} of them in {SAMPLE}")


if __name__ == "__main__":
    main()
