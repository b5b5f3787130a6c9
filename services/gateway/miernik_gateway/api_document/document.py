"""OpenAPI document of the running installation, merged from the documents that the services publish.

No service's document is packaged with the gateway, so the merged one describes the versions that are running, also
during a rolling upgrade. Documents are cached in memory and fetched again once a minute. If a service is down, its last
document is used. A service that has not answered since the gateway started is named in the description and in
``Miernik-Degraded``, and is retried after two seconds.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

from miernik_gateway.api_document.merging import OWN, merge_documents
from miernik_shared.service_client import ServiceClient

_TIMEOUT_SECONDS = 2.0
_REFRESH_SECONDS = 60.0
_RETRY_SECONDS = 2.0


class ApiDocument:
    """Cache of the merged document, with the services whose document could not be fetched."""

    def __init__(self, own: Callable[[], dict[str, Any]], providers: Mapping[str, ServiceClient]) -> None:
        self._own = own
        self._providers = providers
        self._parts: dict[str, bytes] = {}
        self._content = b""
        self._fresh_until = 0.0
        self._lock = asyncio.Lock()

    @property
    def missing(self) -> tuple[str, ...]:
        """Services whose document has never been fetched."""
        return tuple(sorted(self._providers.keys() - self._parts.keys()))

    async def read(self) -> bytes:
        """Return the merged document as JSON. Fetches the services' documents first if they are out of date."""
        async with self._lock:
            if time.monotonic() >= self._fresh_until:
                previous = dict(self._parts)
                await asyncio.gather(*map(self._fetch_document, self._providers))
                if previous != self._parts or not self._content:
                    self._content = self._merge_documents()
                self._fresh_until = time.monotonic() + (_RETRY_SECONDS if self.missing else _REFRESH_SECONDS)
        return self._content

    async def _fetch_document(self, service: str) -> None:
        try:
            answer = await self._providers[service].get("/openapi.json", timeout=_TIMEOUT_SECONDS)
            paths = orjson.loads(answer.content)["paths"] if answer.is_success else None
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            return
        if paths is not None:
            self._parts[service] = answer.content

    def _merge_documents(self) -> bytes:
        parts = {service: orjson.loads(content) for service, content in self._parts.items()}
        return orjson.dumps(merge_documents({OWN: self._own(), **parts}, self.missing))
