"""Returns at a steady rate until told to stop. Runs as a process.

Input (first line of standard input): JSON with `port`, `authorization`, `rate`, `connections` and `cells` (pairs of
unit and period that have no return yet). It stops at the end of standard input. Output: JSON with `written`, `seconds`
and `rate`. When all connections wait for an answer, a tick is passed over: a service that cannot keep up gets no queue.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import uvloop
from tests.bench.load.http_wire import Wire, connect, request_bytes

FORM = "BENCH"


def return_request(authorization: str, unit: str, period: str, content: bytes) -> bytes:
    """A return of one unit for one period, as CSV."""
    query = urlencode({"form": FORM, "unit": unit, "period": period})
    headers = {"Authorization": authorization, "Content-Type": "text/csv"}
    return request_bytes("POST", f"/v1/submissions?{query}", headers, content)


class PacedWriter:
    """Sends the next return whenever it is due and a connection is free."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self.free: list[Wire] = []
        self.written = 0
        self._answered = asyncio.Event()

    def answered(self, wire: Wire, status: int, content: bytes) -> None:
        assert status == 201, content[:300]
        self.written += 1
        self.free.append(wire)
        self._answered.set()

    async def until_all_are_answered(self, connections: int) -> None:
        while len(self.free) < connections:
            self._answered.clear()
            await self._answered.wait()

    def tick(self) -> None:
        if self.free:
            self.free.pop().send(next(self._requests))


def requests(order: dict[str, Any]) -> Iterator[bytes]:
    for unit, period in order["cells"]:
        yield return_request(order["authorization"], unit, period, b"indicator;value\n7.1-1;12.50\n7.1-2;7\n")


async def write(order: dict[str, Any], stopped: asyncio.Event) -> dict[str, Any]:
    writer = PacedWriter(requests(order))
    for _ in range(order["connections"]):
        wire = Wire(writer.answered, keep_content=True)
        await connect(order["port"], wire)
        writer.free.append(wire)
    began = time.perf_counter()
    ticks = 0
    while not stopped.is_set():
        due = int((time.perf_counter() - began) * order["rate"])
        for _ in range(min(due - ticks, order["connections"])):
            writer.tick()
        ticks = due
        await asyncio.sleep(0.5 / order["rate"])
    took = time.perf_counter() - began
    await writer.until_all_are_answered(order["connections"])
    return {"written": writer.written, "seconds": took, "rate": writer.written / took}


async def main() -> None:
    order = json.loads(sys.stdin.readline())
    stopped = asyncio.Event()
    writing = asyncio.create_task(write(order, stopped))
    await asyncio.to_thread(sys.stdin.read)
    stopped.set()
    print(json.dumps(await writing))


if __name__ == "__main__":
    uvloop.run(main())
