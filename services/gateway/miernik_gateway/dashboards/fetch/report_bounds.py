"""What the services say of their reports: first and last day with data, offices, measures, years."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day

from pydantic import BaseModel, ValidationError

from miernik_gateway.dashboards.catalogue.description import Section
from miernik_gateway.dashboards.compose.body import SectionStatus
from miernik_gateway.dashboards.fetch.report_client import ReportClient, ReportRefused, TooLongError, UnavailableError
from miernik_gateway.dashboards.fetch.report_fetcher import LastAnswers, position_of
from miernik_shared.formats import Language
from miernik_shared.values.as_of import Clock

_READ_SECONDS = 3.0
_UNUSABLE = (UnavailableError, TooLongError, ReportRefused, ValidationError)
_NONE: Mapping[str, str] = {}
log = logging.getLogger(__name__)


class KnownThing(BaseModel):
    """A value that the report can be asked for, with its name where the service knows it."""

    code: str
    name: str | None = None


class Bounds(BaseModel):
    """What a report can be asked for. Both days are null while there are no data."""

    first_on: Day | None = None
    last_on: Day | None = None
    offices: list[KnownThing] = []
    measures: list[KnownThing] = []
    years: list[int] = []
    position: int = 0


@dataclass(frozen=True, slots=True)
class SectionBounds:
    """A section's bounds; of a service that does not answer the last known ones, or empty ones."""

    status: SectionStatus
    bounds: Bounds
    position: int = 0


class BoundsReader:
    """Reads the bounds of reports."""

    def __init__(self, client: ReportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._last = LastAnswers()

    async def read(self, section: Section, access: str, language: Language) -> SectionBounds:
        """The bounds of the section's report. No failure of the service is passed on."""
        path = f"{section.report}/bounds"
        key = (path, access)
        try:
            answer = await self._client.ask(section.service, path, _NONE, access, language, _READ_SECONDS)
            bounds = Bounds.model_validate_json(answer.content)
        except _UNUSABLE as error:
            log.warning("no bounds of the section %s: %s", section.key, type(error).__name__)
            return self._recall(key)
        position = position_of(answer, section.service, bounds.position)
        self._last.keep(key, answer.content, position, self._clock.now())
        return SectionBounds("ok", bounds, position)

    def _recall(self, key: tuple[str, str]) -> SectionBounds:
        found = self._last.recall(key)
        if found is None:
            return SectionBounds("missing", Bounds())
        return SectionBounds("stale", Bounds.model_validate_json(found.content), found.position)
