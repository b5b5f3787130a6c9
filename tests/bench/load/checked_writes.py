"""Writes that all change the dashboard, each followed by a read that must show it. Runs as a process.

Each writer has an indicator of its own, so it knows to the last digit what the dashboard must say after its return was
acknowledged. Input (standard input): JSON with `port`, `authorization`, `seconds`, `path` of the dashboard and
`writers`: indicator and cells (pairs of unit and period) of each. Output: JSON with `checked`, `stale` and `rate`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import uvloop
from tests.bench.load.http_wire import Wire, connect, request_bytes
from tests.bench.load.writes import return_request

ADDED = Decimal("1.25")


class Exchange:
    """One connection on which one asks and waits."""

    def __init__(self) -> None:
        self._wire = Wire(self._answered, keep_content=True)
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    async def open(self, port: int) -> None:
        await connect(port, self._wire)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        self._wire.send(request)
        return await self._answer

    def _answered(self, _: Wire, status: int, content: bytes) -> None:
        assert self._answer is not None
        self._answer.set_result((status, content))


def achieved(content: bytes, indicator: str) -> Decimal:
    """The achieved value of an indicator on the dashboard."""
    for group in json.loads(content)["sections"][0]["groups"]:
        for row in group["rows"]:
            if f"indicator={indicator}&" in row["proof"]:
                return Decimal(row["cells"]["achieved"]["value"])
    raise LookupError(indicator)


async def run_writer(order: dict[str, Any], indicator: str, cells: Sequence[Sequence[str]]) -> list[bool]:
    """True if each read showed the write before it."""
    exchange = Exchange()
    await exchange.open(order["port"])
    read = request_bytes("GET", order["path"], {"Authorization": order["authorization"]})
    expected = achieved((await exchange.ask(read))[1], indicator)
    content = f"indicator;value\n{indicator};{ADDED}\n".encode()
    shown: list[bool] = []
    ends = time.perf_counter() + order["seconds"]
    for unit, period in cells:
        status, answer = await exchange.ask(return_request(order["authorization"], unit, period, content))
        assert status == 201, answer[:300]
        expected += ADDED
        shown.append(achieved((await exchange.ask(read))[1], indicator) == expected)
        if time.perf_counter() > ends:
            break
    return shown


async def main() -> None:
    order = json.load(sys.stdin)
    began = time.perf_counter()
    found = await asyncio.gather(*(run_writer(order, one["indicator"], one["cells"]) for one in order["writers"]))
    checked = sum(map(len, found))
    took = time.perf_counter() - began
    stale = sum(one.count(False) for one in found)
    print(json.dumps({"checked": checked, "stale": stale, "rate": checked / took}))


if __name__ == "__main__":
    uvloop.run(main())
