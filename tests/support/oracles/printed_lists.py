"""A list printed at several moments, and printed again for each of them later."""

from __future__ import annotations

from typing import Any, Protocol

import httpx
from tests.support.answers import ok


class Asked(Protocol):
    """A running service."""

    @property
    def officer(self) -> httpx.AsyncClient: ...

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]: ...


class PrintedList:
    """Whatever is recorded later, a list for a past moment is the same to the byte."""

    def __init__(self, service: Asked, path: str, **query: str) -> None:
        self._service, self._path, self._query = service, path, query
        self._printed: dict[str, bytes] = {}

    async def printed(self) -> list[dict[str, Any]]:
        """What the list holds as it is known now: the same as it stands."""
        moment = self._service.query("select clock_timestamp()")[0][0].isoformat()
        standing = ok(await self._service.officer.get(self._path, params=self._query))["items"]
        self._printed[moment] = await self._asked(moment)
        assert (await self._service.officer.get(self._path, params=self._query)).content == self._printed[moment]
        return standing

    async def assert_prints_again(self) -> None:
        """The list of each of the moments is what was printed then."""
        assert {moment: await self._asked(moment) for moment in self._printed} == self._printed

    async def _asked(self, moment: str) -> bytes:
        answer = await self._service.officer.get(self._path, params=self._query | {"known_at": moment})
        ok(answer)
        return answer.content
