"""HTTP client of another service: one connection pool per provider, signed calls, request id passed on."""

import ssl
from collections.abc import Mapping
from functools import cache

import httpx

from miernik_shared.request_context import current_request_id
from miernik_shared.service_tokens import Caller, Signer
from miernik_shared.tracing import trace_headers

CONNECT_SECONDS = 2.0
READ_SECONDS = 30.0


@cache
def _ssl_context() -> ssl.SSLContext:
    """TLS context with the trusted certificates, loaded once: that takes 23 ms."""
    return httpx.create_ssl_context()


class ServiceClient:
    """Client of one provider. ``own`` is the caller of requests that the service makes on its own behalf."""

    def __init__(
        self,
        provider: str,
        address: str,
        signer: Signer,
        own: Caller,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.provider = provider
        self._signer = signer
        self._own = own
        # No limit of connections: with one, waiting requests of one kind keep all others out. What is limited is the
        # number of requests, where they come in.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=4)
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        self.http = httpx.AsyncClient(
            base_url=address, transport=transport, limits=limits, timeout=timeout, verify=_ssl_context()
        )

    def headers(self, caller: Caller | None = None) -> dict[str, str]:
        """Authorisation and tracing headers of one call, on behalf of ``caller`` or of the service itself."""
        authorization = self._signer.authorization(self.provider, caller or self._own)
        return {"Authorization": authorization, "X-Request-Id": current_request_id(), **trace_headers()}

    async def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        caller: Caller | None = None,
        timeout: float = READ_SECONDS,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a GET. ``timeout`` is in seconds. Raises ``httpx.HTTPError`` when the provider cannot be reached."""
        all_headers = {**self.headers(caller), **(headers or {})}
        limit = httpx.Timeout(timeout, connect=CONNECT_SECONDS)
        return await self.http.get(path, params=parameters, headers=all_headers, timeout=limit)

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()
