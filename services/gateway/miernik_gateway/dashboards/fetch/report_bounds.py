"""Bounds of the reports: first and last day with data, offices, measures, years."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

from pydantic import BaseModel, ValidationError

from miernik_gateway.dashboards.catalogue.dashboard import SectionStatus, Source
from miernik_gateway.dashboards.fetch.last_answers import LastAnswers
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_gateway.dashboards.fetch.report_client import ReportClient, TooLongError, UnavailableError
from miernik_gateway.dashboards.fetch.report_fetcher import position_of
from miernik_shared.formats import Language
from miernik_shared.values.as_of import Clock

_READ_SECONDS = 3.0
_FAILURES = (UnavailableError, TooLongError, ReportRefused, ValidationError)
_NO_PARAMETERS: Mapping[str, str] = {}
log = logging.getLogger(__name__)


class FilterValue(BaseModel):
    """Value of a filter of the report, with its name where the service knows it.

    A value with an office is accepted with that office only; one without, with any.
    """

    code: str
    name: str | None = None
    office: str | None = None


class Bounds(BaseModel):
    """Days and filter values that a report has data for. Both days are null while there are no data."""

    first_on: Day | None = None
    last_on: Day | None = None
    offices: list[FilterValue] = []
    measures: list[FilterValue] = []
    years: list[int] = []
    position: int = 0


@dataclass(frozen=True, slots=True)
class FetchedBounds:
    """Bounds of a report; while its service is down, the last ones received or empty ones."""

    status: SectionStatus
    bounds: Bounds
    position: int = 0


class BoundsFetcher:
    """Fetcher of the bounds of reports."""

    def __init__(self, client: ReportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._last = LastAnswers()

    async def fetch(self, source: Source[Any], access: str, language: Language) -> FetchedBounds:
        """Fetch the bounds of a report. A failure of its service is a status, never raised."""
        path = f"{source.path}/bounds"
        key = (path, access)
        try:
            response = await self._client.get(source.service, path, _NO_PARAMETERS, access, language, _READ_SECONDS)
            bounds = Bounds.model_validate_json(response.content)
        except _FAILURES as error:
            log.warning("no bounds of %s: %s", source.path, type(error).__name__)
            return self._last_good(key)
        position = position_of(response, source.service, bounds.position)
        self._last.put(key, response.content, position, self._clock.now())
        return FetchedBounds("ok", bounds, position)

    def _last_good(self, key: tuple[str, str]) -> FetchedBounds:
        found = self._last.get(key)
        if found is None:
            return FetchedBounds("missing", Bounds())
        return FetchedBounds("stale", Bounds.model_validate_json(found.content), found.position)
