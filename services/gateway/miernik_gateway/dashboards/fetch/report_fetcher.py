"""Fetcher of the report of a section; while its service is down, it returns the last good report."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
from pydantic import ValidationError

from miernik_gateway.dashboards.catalogue.dashboard import Comparison, Report, Section, SectionStatus
from miernik_gateway.dashboards.catalogue.filter import AS_OF
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.fetch.last_answers import LastAnswers
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_gateway.dashboards.fetch.report_client import ReportClient, TooLongError, UnavailableError
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.values.as_of import Clock

_WORSE: Mapping[SectionStatus, int] = {"ok": 0, "stale": 1, "missing": 2}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SectionReport:
    """Report of a section. A missing one is None; a stale one is an older report with the instant of its reading."""

    status: SectionStatus
    report: Report | None = None
    position: int = 0
    read_at: datetime | None = None
    too_long: bool = False
    """Whether the report is missing because a past read exceeded the time budget of the service."""
    refusal: ReportRefused | None = None
    """Response of the service if the report is missing because the service refused the request."""
    compared: Report | None = None
    """Report of the other day, for a section that compares two days."""


class ReportFetcher:
    """Fetcher of the reports of sections."""

    def __init__(self, client: ReportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._last = LastAnswers()

    async def fetch(self, section: Section[Any], query: DashboardQuery) -> SectionReport:
        """Fetch the report of the section. A failure or a refusal of the service is a status, never raised."""
        parameters = _report_parameters(section, query)
        other_day = _compared_day(section, query)
        if other_day is None:
            return await self._fetch(section, query, parameters)
        return _combined(
            *await asyncio.gather(
                self._fetch(section, query, parameters),
                self._fetch(section, query, parameters | {AS_OF.name: other_day}),
            )
        )

    async def _fetch(self, section: Section[Any], query: DashboardQuery, parameters: dict[str, str]) -> SectionReport:
        source = section.source
        key = (source.path, tuple(parameters.items()), query.access)
        try:
            response = await self._client.get(source.service, source.path, parameters, query.access, query.language)
            report = source.model.model_validate_json(response.content)
        except (UnavailableError, ValidationError) as error:
            log.warning("no report for the section %s: %s", section.key, _log_text(error))
            return self._last_good(section, key)
        except TooLongError:
            return SectionReport("missing", too_long=True)
        except ReportRefused as refusal:
            return SectionReport("missing", refusal=refusal)
        position = report.position if query.past else position_of(response, source.service, report.position)
        self._last.put(key, response.content, position, self._clock.now())
        return SectionReport("ok", report, position)

    def _last_good(self, section: Section[Any], key: Any) -> SectionReport:
        found = self._last.get(key)
        if found is None:
            return SectionReport("missing")
        report = section.source.model.model_validate_json(found.content)
        return SectionReport("stale", report, found.position, found.read_at)


def _report_parameters(section: Section[Any], query: DashboardQuery) -> dict[str, str]:
    """Values of the filters by parameter of the report."""
    given = dict(query.parameters)
    if section.parameters:
        given = {name: given[one] for name, one in section.parameters.items() if one in given}
    if isinstance(section.present, Comparison):
        given.pop(section.present.at.name, None)
    return given


def _compared_day(section: Section[Any], query: DashboardQuery) -> str | None:
    return query.value(section.present.at.name) if isinstance(section.present, Comparison) else None


def _combined(shown: SectionReport, compared: SectionReport) -> SectionReport:
    """Combine two reports: the status is the worse of both, and missing if one is missing."""
    worse = max(shown, compared, key=lambda one: _WORSE[one.status])
    if worse.status == "missing":
        return worse
    position = min(shown.position, compared.position)
    return replace(worse, report=shown.report, compared=compared.report, position=position)


def position_of(response: httpx.Response, service: str, otherwise: int) -> int:
    """Position of the snapshot that a response was read from; ``otherwise`` if its header lacks it."""
    try:
        return parse_positions(response.headers.get(POSITION, ""))[service]
    except (ValueError, KeyError):
        return otherwise


def _log_text(error: UnavailableError | ValidationError) -> str:
    """Text for the log. A validation error may quote the report, so only its name is logged."""
    return str(error) if isinstance(error, UnavailableError) else type(error).__name__
