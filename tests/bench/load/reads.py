"""Reads as fast as they are answered: a few kept connections, each with one request at a time. Runs as a process.

Input (standard input): JSON with `port`, `request` (text), `connections`, `seconds`. Output: JSON with `rate` (whole
answers of status 200 a second, after a warm-up of a fifth of the time) and `busy`, this process's share of one core:
near 1.0 it would be the client that is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop
from tests.bench.load.http_wire import Wire, connect

WARM_UP = 0.2


class Flood:
    """Counts answers."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.answers = 0
        self.wrong: set[int] = set()

    def answered(self, wire: Wire, status: int, _: bytes) -> None:
        self.answers += 1
        if status != 200:
            self.wrong.add(status)
        wire.send(self._request)


async def flood(order: dict[str, Any]) -> dict[str, Any]:
    request = order["request"].encode()
    counted = Flood(request)
    wires = [Wire(counted.answered, keep_content=False) for _ in range(order["connections"])]
    for wire in wires:
        await connect(order["port"], wire)
        wire.send(request)
    await asyncio.sleep(order["seconds"] * WARM_UP)
    before, began, cpu = counted.answers, time.perf_counter(), time.process_time()
    await asyncio.sleep(order["seconds"])
    answers, took, busy = counted.answers - before, time.perf_counter() - began, time.process_time() - cpu
    for wire in wires:
        wire.close()
    assert not counted.wrong, f"answers of status {sorted(counted.wrong)}"
    return {"rate": answers / took, "busy": busy / took}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(flood(json.load(sys.stdin)))))
