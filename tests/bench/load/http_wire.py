"""The least of HTTP/1.1 that a load generator needs: one request at a time on a kept connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


def request_bytes(
    method: str, path: str, headers: Mapping[str, str], content: bytes = b"", host: str = "localhost"
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if content or method != "GET":
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


class Wire(asyncio.Protocol):
    """Calls `answered` with status and content when a whole answer is there. Answers need a `Content-Length`."""

    def __init__(self, answered: Callable[[Wire, int, bytes], None], *, keep_content: bool) -> None:
        self._answered = answered
        self._keep_content = keep_content
        self._head = b""
        self._content: list[bytes] = []
        self._left = -1
        self._status = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            data = self._read_head(data)
        self._left -= len(data)
        if self._keep_content:
            self._content.append(data)
        if self._left == 0:
            self._left = -1
            content, self._content = b"".join(self._content), []
            self._answered(self, self._status, content)

    def _read_head(self, data: bytes) -> bytes:
        """Bytes after the head; leaves `_left` alone (and so waits) while the head is not complete."""
        data = self._head + data
        end = data.find(HEAD_END)
        if end < 0:
            self._head = data
            return b""
        self._head = b""
        place = data.lower().find(LENGTH, 0, end) if LENGTH not in data[:end] else data.find(LENGTH, 0, end)
        self._status = int(data[9:12])
        self._left = int(data[place + len(LENGTH) : data.find(b"\r", place)])
        return data[end + len(HEAD_END) :]


async def connect(port: int, wire: Wire) -> None:
    await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", port)
