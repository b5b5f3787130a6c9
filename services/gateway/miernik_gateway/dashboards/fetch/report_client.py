"""HTTP client for the reports of the services."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

from miernik_gateway.dashboards.fetch.circuit_breaker import CircuitBreaker, CircuitOpenError
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_shared.formats import Language
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller

READ_SECONDS = 10.0
_REPORT_SCOPES = frozenset({"reports:read"})
_TOO_LONG = b'"past_read_too_long"'


class UnavailableError(Exception):
    """Service without a usable response."""


class TooLongError(Exception):
    """Past read that exceeded the time budget of a service, which is otherwise available."""


class ReportClient:
    """HTTP client of reports: authenticates as the gateway, with access limited to the units of the reader."""

    def __init__(self, providers: Mapping[str, ServiceClient]) -> None:
        self._providers = providers
        self._breakers: dict[tuple[str, str], CircuitBreaker] = {}

    async def get(
        self,
        service: str,
        path: str,
        parameters: Mapping[str, str],
        access: str,
        language: Language,
        seconds: float = READ_SECONDS,
    ) -> httpx.Response:
        """Return a successful response. Raises ``ReportRefused``, ``UnavailableError`` and ``TooLongError``."""

        async def get() -> httpx.Response:
            headers = {"Accept-Language": language}
            return await self._providers[service].get(path, parameters, _reader(access), seconds, headers)

        try:
            with self._breaker(service, path, parameters, access).attempt():
                async with asyncio.timeout(seconds):
                    response = await _retry_once_if_cut(get)
        except (httpx.HTTPError, TimeoutError, CircuitOpenError) as error:
            raise UnavailableError(type(error).__name__) from error
        return _raise_for_status(response)

    def _breaker(self, service: str, path: str, parameters: Mapping[str, str], access: str) -> CircuitBreaker:
        """Return the circuit breaker of a report.

        Reads of the past and those for some units, which fold facts, have their own: they may be slow while the others
        are not.
        """
        folds_facts = "known_at" in parameters or access != "region"
        request = f"{path}?known_at" if folds_facts else path
        if (service, request) not in self._breakers:
            self._breakers[service, request] = CircuitBreaker(service, request)
        return self._breakers[service, request]


async def _retry_once_if_cut(get: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    try:
        return await get()
    except (httpx.RemoteProtocolError, httpx.ReadError):
        # The service may have closed an idle connection just then. A read can be repeated.
        return await get()


def _raise_for_status(response: httpx.Response) -> httpx.Response:
    # A refused service token is a fault between the services; the reader's own key was accepted.
    if response.status_code >= 500 or response.status_code == 401:
        raise TooLongError if _TOO_LONG in response.content else UnavailableError(str(response.status_code))
    if response.status_code >= 400:
        raise ReportRefused(response)
    return response


def _reader(access: str) -> Caller:
    units = tuple(access.split(",")) if access and access != "region" else ()
    return Caller("gateway", "gateway", _REPORT_SCOPES, access == "region", units)
