"""Provider in this process that renames some members of its JSON answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx


class RenamedAnswers(httpx.AsyncBaseTransport):
    """Transport that passes everything through to the provider; with ``names`` empty, unchanged."""

    def __init__(self, provider: Any, names: Mapping[str, str]) -> None:
        self._inner = httpx.ASGITransport(provider)
        self._names = names

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        if self._names and answer.headers.get("content-type") == "application/json":
            content = json.dumps(self._renamed(json.loads(content))).encode()
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
        length = (b"content-length", str(len(content)).encode())
        return httpx.Response(answer.status_code, headers=[*headers, length], stream=httpx.ByteStream(content))

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        if isinstance(value, dict):
            return {self._names.get(name, name): self._renamed(one) for name, one in value.items()}
        return value
