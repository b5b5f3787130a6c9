"""R7: uploads made to cost more work than their size: the time until each is refused, the slowest of all.

There is no peer: what counts is that none takes longer than a sound upload of its size, and that the small ones, which
limits refuse before they are parsed, take next to nothing.
"""

from __future__ import annotations

import json
from dataclasses import replace

from tests.bench.figures import OURS, Ratio, Result
from tests.bench.rounds import seconds

from miernik_calls.application_imports.columns import APPLICATIONS
from miernik_shared.problems import Problem
from miernik_shared.uploads.media import read_table

SHAPE = replace(APPLICATIONS, most_rows=20_000)
CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
TARGET_SECONDS = 10.0


def uploads(rows: int) -> dict[str, tuple[bytes, str]]:
    """Uploads by what is wrong with them; those of many rows have this many."""
    head = b"number;title\n"
    return {
        "6,000 columns without a heading": (b"number" + b";" * 6_000 + b"\nA-1\n", CSV),
        "100,000 keys": (json.dumps({"rows": [{f"k{one}": 1 for one in range(100_000)}]}).encode(), JSON),
        "a header of 16 MB": (b"number;" * 2_400_000, CSV),
        "a wide header above short rows": (b"number" + b";" * 490 + b"\n" + b"x\n" * rows, CSV),
        "rows of one character": (head + b"x\n" * rows, CSV),
        "quotes that never close": (head + b'"x\n' * rows, CSV),
        "empty objects in lines": (b"{}\n" * rows, NDJSON),
        "empty objects in an array": (b'{"rows": [' + b",".join([b"{}"] * rows) + b"]}", JSON),
    }


def measure(rounds: int, rows: int) -> Result:
    """Runs the rounds."""
    times = {
        name: [seconds(lambda content=content, kind=kind: _refuse(content, kind)) for _ in range(rounds)]
        for name, (content, kind) in uploads(rows).items()
    }
    slowest = [max(one[number] for one in times.values()) for number in range(rounds)]
    ratios = [Ratio(f"{rows:,} rows, the slowest upload, s", slowest, TARGET_SECONDS, at_most=True)]
    notes = [f"{name}: {min(one):.2f}-{max(one):.2f} s" for name, one in times.items()]
    return Result("r7", "uploads made to cost work", "s", {OURS: slowest}, ratios, notes)


def _refuse(content: bytes, kind: str) -> None:
    try:
        read_table(SHAPE, content, kind, None)
    except Problem:
        return
    raise AssertionError("the upload was accepted")
