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
    """A list whose past states stay identical to the byte, whatever is recorded later."""

    def __init__(self, service: Asked, path: str, **query: str) -> None:
        self._service, self._path, self._query = service, path, query
        self._printed: dict[str, bytes] = {}

    async def printed(self) -> list[dict[str, Any]]:
        """Read and record the current list, which is identical to the list as known now."""
        moment = self._service.query("select clock_timestamp()")[0][0].isoformat()
        standing = ok(await self._service.officer.get(self._path, params=self._query))["items"]
        self._printed[moment] = await self._read_at(moment)
        assert (await self._service.officer.get(self._path, params=self._query)).content == self._printed[moment]
        return standing

    async def assert_prints_again(self) -> None:
        """Assert that the list of each moment is what was printed then."""
        assert {moment: await self._read_at(moment) for moment in self._printed} == self._printed

    async def _read_at(self, moment: str) -> bytes:
        answer = await self._service.officer.get(self._path, params=self._query | {"known_at": moment})
        ok(answer)
        return answer.content
