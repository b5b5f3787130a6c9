"""Declaration of a dashboard: its filters and sections, each a report with the presenter that shows it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date as Day
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.filter import Filter

SectionStatus = Literal["ok", "stale", "missing"]
FilterValues = Mapping[str, str]
"""Values by name of the filter; empty for a filter without a value."""
TitleFor = Callable[[FilterValues], Bilingual]


class Report(BaseModel, frozen=True):
    """Fields that every report of a service has. A subclass adds the fields that a presenter reads."""

    as_of: Day
    position: int


class OfficeReport(Report, frozen=True):
    """Report of an office, or of all offices side by side."""

    office: str


class TerritoryReport(Report, frozen=True):
    """Report of a territory, which is shown as the service describes it."""

    territory: dict[str, Any]


R = TypeVar("R", bound=Report)


@dataclass(frozen=True, slots=True)
class Source(Generic[R]):
    """Report of a service, with the model of the fields that are read.

    ``families`` are the kinds of data that it depends on. The report's parameters ``territory`` and ``office`` replace
    ``{voivodeship}`` and ``{office}`` in a family, which are removed where the query is wider than one voivodeship.
    """

    service: str
    path: str
    model: type[R]
    families: tuple[str, ...]


class Block(ABC):
    """Part of a section, such as a table or a note; ``compose`` has the kinds."""

    @abstractmethod
    def body(self) -> BaseModel:
        """Return the block for the body of the dashboard."""


@dataclass(frozen=True, slots=True)
class Comparison(Generic[R]):
    """Presenter of a report beside the same report of another day.

    ``at`` is the filter that names the other day; without a value there is no second report.
    """

    at: Filter
    present: Callable[[R, R | None, Speaker], Sequence[Block]]


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """Part of a dashboard that shows one report."""

    key: str
    title: Bilingual
    source: Source[R]
    present: Callable[[R, Speaker], Sequence[Block]] | Comparison[R]
    title_for: TitleFor | None = None
    """Title that depends on the filters; the list of dashboards shows ``title`` instead."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Filter by parameter of the report, where their names differ; empty where all names are the same."""

    def filter_of(self, parameter: str) -> str:
        """Return the name of the filter that provides a parameter of the report."""
        return self.parameters.get(parameter, parameter)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Dashboard at ``GET /v1/dashboards/{key}``."""

    key: str
    title: Bilingual
    filters: tuple[Filter, ...]
    sections: tuple[Section[Any], ...]
    title_for: TitleFor | None = None
    """Title that depends on the filters; the list of dashboards shows ``title`` instead."""

    @property
    def services(self) -> frozenset[str]:
        """Services whose reports the dashboard shows."""
        return frozenset(section.source.service for section in self.sections)


def title_of(one: Dashboard | Section[Any], values: FilterValues, say: Speaker) -> str:
    """Return the title of a dashboard or a section for the given values of its filters."""
    return say(*(one.title_for(values) if one.title_for else one.title))
