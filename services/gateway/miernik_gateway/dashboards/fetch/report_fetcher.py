"""Reading the reports of the services, and what is shown of a service that does not answer."""

import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from miernik_gateway.dashboards.catalogue.description import Section
from miernik_gateway.dashboards.catalogue.query import Asked
from miernik_gateway.dashboards.compose.body import SectionStatus
from miernik_gateway.dashboards.fetch.report_client import ReportClient, ReportRefused, TooLongError, UnavailableError
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.values.as_of import Clock

_REMEMBERED_BYTES = 16 * 1024 * 1024
log = logging.getLogger(__name__)


class ReportSource(BaseModel):
    """Where figures come from: those of a table (``measure`` is its key), of an office, of a column or column group."""

    measure: str | None = None
    office: str | None = None
    column: str | None = None
    text: str
    date: Day | None = None

    def concerns(self, table: str, office: str | None) -> bool:
        """Whether it says something of a table of an office."""
        return self.measure in (None, table) and (self.office is None or office in (None, self.office))


class Report(BaseModel):
    """A report as the gateway reads it; rows and further members are looked into through the description's paths."""

    model_config = ConfigDict(extra="allow")

    as_of: Day
    position: int
    territory: dict[str, Any] | None = None
    office: str | None = None
    rows: list[dict[str, Any]]
    sources: list[ReportSource] = []

    @property
    def members(self) -> Mapping[str, Any]:
        """Its members besides those above."""
        return self.model_extra or {}


@dataclass(frozen=True, slots=True)
class SectionReport:
    """What a section is composed from. A missing one has no report, a stale one an older report and its instant."""

    status: SectionStatus
    report: Report | None = None
    position: int = 0
    read_at: datetime | None = None
    too_long: bool = False
    """Whether it is missing because the service gave up on a past state of knowledge."""
    refusal: ReportRefused | None = None
    """Why it is missing, where the service refused the question."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last good answer to a question."""

    content: bytes
    position: int
    read_at: datetime


class LastAnswers:
    """The last good answer to each question, within a number of bytes, for when the service is down."""

    def __init__(self, limit: int = _REMEMBERED_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._answers: OrderedDict[Any, Remembered] = OrderedDict()

    def keep(self, key: Any, content: bytes, position: int, read_at: datetime) -> None:
        """Keeps an answer, unless a later one is there."""
        former = self._answers.get(key)
        if former is not None and former.position > position:
            return
        self._size += len(content) - (len(former.content) if former else 0)
        self._answers[key] = Remembered(content, position, read_at)
        self._answers.move_to_end(key)
        while self._size > self._limit:
            self._size -= len(self._answers.popitem(last=False)[1].content)

    def recall(self, key: Any) -> Remembered | None:
        """The last good answer, if there was one."""
        return self._answers.get(key)


class Reports:
    """Reads sections' reports from the services."""

    def __init__(self, client: ReportClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._last = LastAnswers()

    async def read(self, section: Section, asked: Asked) -> SectionReport:
        """The section's report, or what is left of it when the service is down or refuses the question."""
        parameters = _parameters(section, asked)
        key = (section.report, parameters, asked.access)
        try:
            answer = await self._client.ask(
                section.service, section.report, dict(parameters), asked.access, asked.language
            )
            report = Report.model_validate_json(answer.content)
        except (UnavailableError, ValidationError) as error:
            log.warning("no report for the section %s: %s", section.key, _reason(error))
            return self._recall(key)
        except TooLongError:
            return SectionReport("missing", too_long=True)
        except ReportRefused as refusal:
            return SectionReport("missing", refusal=refusal)
        position = report.position if asked.past else position_of(answer, section.service, report.position)
        self._last.keep(key, answer.content, position, self._clock.now())
        return SectionReport("ok", report, position)

    def _recall(self, key: Any) -> SectionReport:
        found = self._last.recall(key)
        if found is None:
            return SectionReport("missing")
        return SectionReport("stale", Report.model_validate_json(found.content), found.position, found.read_at)


def _parameters(section: Section, asked: Asked) -> tuple[tuple[str, str], ...]:
    """What the report is asked for: the filters under the names that it knows them by."""
    if not section.parameters:
        return asked.parameters
    given = dict(asked.parameters)
    return tuple((name, given[one]) for name, one in section.parameters.items() if one in given)


def position_of(answer: httpx.Response, service: str, told: int) -> int:
    """The position of the snapshot that an answer was read from; ``told`` is what its body says."""
    try:
        return parse_positions(answer.headers.get(POSITION, ""))[service]
    except (ValueError, KeyError):
        return told


def _reason(error: UnavailableError | ValidationError) -> str:
    """For the log; what is wrong with a body may quote it."""
    return str(error) if isinstance(error, UnavailableError) else type(error).__name__
