"""The document of the running installation.

It is made of the documents that the services serve themselves, so that it tells what is running, also while one part is
newer than the others; none is packed into the gateway. They are kept in memory and asked for again once a minute. A
service that is down costs nothing once it has been heard of; one that has been silent since this gateway started is
named in the description and in ``Miernik-Degraded``, and asked again at the next reading.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

from miernik_gateway.api_document.merging import OWN, merged
from miernik_shared.service_client import ServiceClient

_READ_SECONDS = 2.0
_BELIEVED_SECONDS = 60.0
_IMPATIENT_SECONDS = 2.0


class ApiDocument:
    """The document as bytes, and the services that are missing from it."""

    def __init__(self, own: Callable[[], dict[str, Any]], providers: Mapping[str, ServiceClient]) -> None:
        self._own = own
        self._providers = providers
        self._parts: dict[str, bytes] = {}
        self._content = b""
        self._until = 0.0
        self._reading = asyncio.Lock()

    @property
    def missing(self) -> tuple[str, ...]:
        """Services that have not been heard of."""
        return tuple(sorted(self._providers.keys() - self._parts.keys()))

    async def read(self) -> bytes:
        """The document."""
        async with self._reading:
            if time.monotonic() >= self._until:
                former = dict(self._parts)
                await asyncio.gather(*map(self._ask, self._providers))
                if former != self._parts or not self._content:
                    self._content = self._put_together()
                self._until = time.monotonic() + (_IMPATIENT_SECONDS if self.missing else _BELIEVED_SECONDS)
        return self._content

    async def _ask(self, service: str) -> None:
        try:
            answer = await self._providers[service].get("/openapi.json", timeout=_READ_SECONDS)
            paths = orjson.loads(answer.content)["paths"] if answer.is_success else None
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            return
        if paths is not None:
            self._parts[service] = answer.content

    def _put_together(self) -> bytes:
        parts = {service: orjson.loads(content) for service, content in self._parts.items()}
        return orjson.dumps(merged({OWN: self._own(), **parts}, self.missing))
