"""A plain listener: notes when each notification arrives, until told to stop. Runs as a process.

Input (first line of standard input): JSON with `url` and `channels`. It says `{"listening": true}` on a line of its own
when it listens and stops at the end of standard input. Output: JSON with `heard`, by channel: pairs of payload (a
number) and the clock in ns. That clock (CLOCK_MONOTONIC) is one for all processes of the machine.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import psycopg
import uvloop
from psycopg import sql


async def listen(order: dict[str, Any], heard: dict[str, list[tuple[int, int]]]) -> None:
    async with await psycopg.AsyncConnection.connect(order["url"], autocommit=True) as connection:
        for channel in order["channels"]:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        print(json.dumps({"listening": True}), flush=True)
        async for said in connection.notifies():
            heard[said.channel].append((int(said.payload), time.monotonic_ns()))


async def main() -> None:
    order = json.loads(sys.stdin.readline())
    heard: dict[str, list[tuple[int, int]]] = {channel: [] for channel in order["channels"]}
    listening = asyncio.create_task(listen(order, heard))
    await asyncio.to_thread(sys.stdin.read)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    print(json.dumps({"heard": heard}))


if __name__ == "__main__":
    uvloop.run(main())
