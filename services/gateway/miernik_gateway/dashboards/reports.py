"""Reading the reports of the services, and what is shown of a service that does not answer."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from miernik_gateway.dashboards.body import SectionStatus
from miernik_gateway.dashboards.description import Section
from miernik_gateway.dashboards.query import Asked
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller
from miernik_shared.values.as_of import Clock

READ_SECONDS = 10.0
_REMEMBERED_BYTES = 16 * 1024 * 1024
_REPORT_SCOPES = frozenset({"reports:read"})
log = logging.getLogger(__name__)


class ReportSource(BaseModel):
    """Where the figures of a group come from; ``measure`` is the value that the rows are grouped by."""

    measure: str
    text: str
    date: Day | None = None


class Report(BaseModel):
    """A report as the gateway reads it; rows are looked into through the description's columns."""

    as_of: Day
    position: int
    territory: dict[str, Any] | None = None
    rows: list[dict[str, Any]]
    sources: list[ReportSource] = []


@dataclass(frozen=True, slots=True)
class SectionReport:
    """What a section is composed from. A missing one has no report, a stale one an older report and its instant."""

    status: SectionStatus
    report: Report | None = None
    position: int = 0
    read_at: datetime | None = None


class ReportRefused(Exception):
    """The service refused the question (a wrong ``as_of``, an unknown territory): its answer is passed on as it is."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.status_code)
        self.status = answer.status_code
        self.content = answer.content
        self.media_type = answer.headers.get("content-type", "application/problem+json")
        self.language: str | None = answer.headers.get("content-language")


class _UnavailableError(Exception):
    """The service gave no usable answer."""


class LastReports:
    """The last good report of each question, within a number of bytes, for when the service is down."""

    def __init__(self, limit: int = _REMEMBERED_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._reports: OrderedDict[Any, tuple[bytes, int, datetime]] = OrderedDict()

    def keep(self, key: Any, content: bytes, position: int, read_at: datetime) -> None:
        """Keeps a report, unless a later one is there."""
        former = self._reports.get(key)
        if former is not None and former[1] > position:
            return
        self._size += len(content) - (len(former[0]) if former else 0)
        self._reports[key] = (content, position, read_at)
        self._reports.move_to_end(key)
        while self._size > self._limit:
            self._size -= len(self._reports.popitem(last=False)[1][0])

    def recall(self, key: Any) -> SectionReport:
        """The last good report as a stale one, or a missing one."""
        found = self._reports.get(key)
        if found is None:
            return SectionReport("missing")
        content, position, read_at = found
        return SectionReport("stale", Report.model_validate_json(content), position, read_at)


class Reports:
    """Reads sections' reports from the services."""

    def __init__(self, providers: Mapping[str, ServiceClient], clock: Clock) -> None:
        self._providers = providers
        self._clock = clock
        self._last = LastReports()

    async def read(self, section: Section, asked: Asked) -> SectionReport:
        """The section's report, or what is left of it when the service is down. Raises :class:`ReportRefused`."""
        key = (section.key, section.report, asked.parameters, asked.access)
        try:
            async with asyncio.timeout(READ_SECONDS):
                answer = await self._ask(section, asked)
            report = Report.model_validate_json(answer.content)
        except (httpx.HTTPError, TimeoutError, ValidationError, _UnavailableError) as error:
            log.warning("no report for the section %s: %s", section.key, type(error).__name__)
            return self._last.recall(key)
        position = report.position if asked.past else _position(answer, section.service, report)
        self._last.keep(key, answer.content, position, self._clock.now())
        return SectionReport("ok", report, position)

    async def _ask(self, section: Section, asked: Asked) -> httpx.Response:
        try:
            answer = await self._get(section, asked)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            # The service may have closed an idle connection just then. A read can be repeated.
            answer = await self._get(section, asked)
        # A refused token is a fault between the parts and none of the reader's, whose own key was accepted.
        if answer.status_code >= 500 or answer.status_code == 401:
            raise _UnavailableError(answer.status_code)
        if answer.status_code >= 400:
            raise ReportRefused(answer)
        return answer

    async def _get(self, section: Section, asked: Asked) -> httpx.Response:
        return await self._providers[section.service].get(
            section.report,
            dict(asked.parameters),
            _reader(asked.access),
            timeout=READ_SECONDS,
            headers={"Accept-Language": asked.language},
        )


def _reader(access: str) -> Caller:
    """The gateway itself, with the sight of those who will be given the same bytes."""
    units = tuple(access.split(",")) if access and access != "region" else ()
    return Caller("gateway", "gateway", _REPORT_SCOPES, access == "region", units)


def _position(answer: httpx.Response, service: str, report: Report) -> int:
    """The position of the snapshot that the report was read from."""
    try:
        return parse_positions(answer.headers.get(POSITION, ""))[service]
    except (ValueError, KeyError):
        return report.position
