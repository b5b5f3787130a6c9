"""Asking the services for reports, and what their refusals and failures mean here."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

from miernik_gateway.dashboards.fetch.circuit_breaker import Breaker, NotAskedError
from miernik_shared.formats import Language
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller

READ_SECONDS = 10.0
_REPORT_SCOPES = frozenset({"reports:read"})
_TOO_LONG = b'"past_read_too_long"'


class ReportRefused(Exception):
    """The service refused the question (a wrong ``as_of``, an unknown territory); this is its answer."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.status = answer.status_code
        self.content = answer.content
        self.media_type = answer.headers.get("content-type", "application/problem+json")
        self.language: str | None = answer.headers.get("content-language")


class UnavailableError(Exception):
    """The service gave no usable answer."""


class TooLongError(Exception):
    """The service is up and gave up on this question: it passed the time that a past read may take."""


class ReportClient:
    """Reads from the services in the name of the gateway, with the sight of those who will be given the bytes."""

    def __init__(self, providers: Mapping[str, ServiceClient]) -> None:
        self._providers = providers
        self._breakers: dict[tuple[str, str], Breaker] = {}

    async def ask(
        self,
        service: str,
        path: str,
        parameters: Mapping[str, str],
        access: str,
        language: Language,
        seconds: float = READ_SECONDS,
    ) -> httpx.Response:
        """A good answer. Raises :class:`ReportRefused`, :class:`UnavailableError` and :class:`TooLongError`."""

        async def get() -> httpx.Response:
            headers = {"Accept-Language": language}
            return await self._providers[service].get(path, parameters, _reader(access), seconds, headers)

        try:
            with self._breaker(service, path, parameters).attempt():
                async with asyncio.timeout(seconds):
                    answer = await _twice_if_cut(get)
        except (httpx.HTTPError, TimeoutError, NotAskedError) as error:
            raise UnavailableError(type(error).__name__) from error
        return _judged(answer)

    def _breaker(self, service: str, path: str, parameters: Mapping[str, str]) -> Breaker:
        """One for each report, and one for its past, which may take long while the present does not."""
        question = f"{path}?known_at" if "known_at" in parameters else path
        if (service, question) not in self._breakers:
            self._breakers[service, question] = Breaker(service, question)
        return self._breakers[service, question]


async def _twice_if_cut(get: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    try:
        return await get()
    except (httpx.RemoteProtocolError, httpx.ReadError):
        # The service may have closed an idle connection just then. A read can be repeated.
        return await get()


def _judged(answer: httpx.Response) -> httpx.Response:
    # A refused token is a fault between the parts and none of the reader's, whose own key was accepted.
    if answer.status_code >= 500 or answer.status_code == 401:
        raise TooLongError if _TOO_LONG in answer.content else UnavailableError(str(answer.status_code))
    if answer.status_code >= 400:
        raise ReportRefused(answer)
    return answer


def _reader(access: str) -> Caller:
    units = tuple(access.split(",")) if access and access != "region" else ()
    return Caller("gateway", "gateway", _REPORT_SCOPES, access == "region", units)
