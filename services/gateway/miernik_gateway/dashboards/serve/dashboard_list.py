"""The list of dashboards: title, filters with the values that are known, first and last day with data.

It is a finished answer like a dashboard and kept like one: under the topics of everything that the reports are made of.
A service that is down costs what is known of its dashboards; they stay in the list.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day

import orjson
from pydantic import BaseModel, TypeAdapter

from miernik_gateway.cache.entries import Entry
from miernik_gateway.dashboards.catalogue.description import Dashboard, Filter, Words
from miernik_gateway.dashboards.catalogue.query import Defaults
from miernik_gateway.dashboards.catalogue.topics import whole
from miernik_gateway.dashboards.compose.body import SectionStatus
from miernik_gateway.dashboards.fetch.report_bounds import Bounds, BoundsReader, KnownThing, SectionBounds
from miernik_gateway.dashboards.serve.reader import Built, KeptAnswers, least_positions
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.positions.known import Topic
from miernik_gateway.positions.topics import watched_topics
from miernik_shared.formats import Language
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.values.offices import ALL_OFFICES, office_name

_ALL_OFFICES = Words("wszystkie województwa", "all voivodeships")
_NOTICE: Mapping[SectionStatus, Words] = {
    "stale": Words(
        "Usługa z tymi danymi nie odpowiada. Pokazano to, co było wiadomo ostatnio.",
        "The service with these figures does not answer. What was last known is shown.",
    ),
    "missing": Words(
        "Usługa z tymi danymi nie odpowiada. Nie wiadomo, o co można ją teraz zapytać.",
        "The service with these figures does not answer. What it can be asked for is not known now.",
    ),
}
_SECTIONS = {section.report: section for one in DASHBOARDS.values() for section in one.sections}


class ValueBody(BaseModel):
    """A value that a filter takes."""

    value: str
    title: str


class FilterBody(BaseModel):
    """A parameter of a dashboard. ``values`` is null where any day, instant or text is taken.

    With ``others_allowed`` it takes more than the values listed (a gmina's code, a sub-measure).
    """

    name: str
    title: str
    meaning: str
    default: str | None
    values: list[ValueBody] | None
    others_allowed: bool


class DashboardEntry(BaseModel):
    """A dashboard in the list; ``href`` is where it is read. The days are null where there are no data yet.

    One that is not ``ok`` says in ``notice`` why.
    """

    key: str
    title: str
    href: str
    filters: list[FilterBody]
    status: SectionStatus
    first_on: Day | None
    last_on: Day | None
    notice: str | None = None


_LIST = TypeAdapter(list[DashboardEntry])


@dataclass(frozen=True, slots=True)
class _Question:
    """Who asks for the list, in which language, and what filters are that are not given."""

    language: Language
    access: str
    defaults: Defaults

    @property
    def key(self) -> str:
        return repr(("list", self.language, self.access, self.defaults))


class DashboardList:
    """Serves the list."""

    def __init__(self, bounds: BoundsReader, answers: KeptAnswers) -> None:
        self._bounds = bounds
        self._answers = answers

    async def read(self, language: Language, access: str, defaults: Defaults) -> tuple[str, Built]:
        """The list and the key under which it is kept."""
        question = _Question(language, access, defaults)
        entry = self._answers.kept(question.key, {})
        if entry is not None:
            return question.key, Built(entry)
        built = await self._answers.build(question.key, _watched(), {}, lambda: self._build(question))
        return question.key, built

    async def _build(self, question: _Question) -> Built:
        sections = list(_SECTIONS.values())
        reads = (self._bounds.read(section, question.access, question.language) for section in sections)
        known = dict(zip(_SECTIONS, await asyncio.gather(*reads), strict=True))
        names = _measure_names(known.values())
        entries = [_entry(one, question, known, names) for one in DASHBOARDS.values()]
        body = orjson.dumps(_LIST.dump_python(entries, mode="json", exclude_unset=True))
        degraded = {section.service for section in sections if known[section.report].status != "ok"}
        positions = least_positions((section.service, known[section.report].position) for section in sections)
        return Built(Entry(body, question.language, positions, _watched()), tuple(sorted(degraded)))


def _watched() -> tuple[Topic, ...]:
    """Everything that any report is made of, whatever the voivodeship."""
    topics = (
        (section.service, topic)
        for section in _SECTIONS.values()
        for family in section.families
        for topic in watched_topics(whole(family))
    )
    return tuple(dict.fromkeys(topics))


def _measure_names(known: Iterable[SectionBounds]) -> Mapping[str, str]:
    """Names of measures: not every service that has data on one knows its name."""
    return {thing.code: thing.name for one in known for thing in one.bounds.measures if thing.name}


def _entry(
    dashboard: Dashboard, question: _Question, known: Mapping[str, SectionBounds], names: Mapping[str, str]
) -> DashboardEntry:
    own = [known[section.report] for section in dashboard.sections]
    bounds = [one.bounds for one in own]
    status = _worst([one.status for one in own])
    entry = DashboardEntry(
        key=dashboard.key,
        title=dashboard.list_title.of(question.language),
        href=f"/v1/dashboards/{dashboard.key}",
        filters=[_filter(one, question, bounds, names) for one in dashboard.filters],
        status=status,
        first_on=min((one.first_on for one in bounds if one.first_on), default=None),
        last_on=max((one.last_on for one in bounds if one.last_on), default=None),
    )
    if status != "ok":
        entry.notice = _NOTICE[status].of(question.language)
    return entry


def _worst(statuses: Sequence[SectionStatus]) -> SectionStatus:
    if "missing" in statuses:
        return "missing"
    return "stale" if "stale" in statuses else "ok"


def _filter(one: Filter, question: _Question, bounds: Sequence[Bounds], names: Mapping[str, str]) -> FilterBody:
    values = list(_values(one, question, bounds, names))
    return FilterBody(
        name=one.name,
        title=one.title.of(question.language),
        meaning=one.meaning.of(question.language),
        default=question.defaults.of(one),
        values=values if one.known or one.words else None,
        others_allowed=one.open,
    )


def _values(
    one: Filter, question: _Question, bounds: Sequence[Bounds], names: Mapping[str, str]
) -> Iterator[ValueBody]:
    language = question.language
    for value, words in one.words.items():
        yield ValueBody(value=value, title=words.of(language))
    if one.known == "years":
        for year in sorted({year for known in bounds for year in known.years}):
            yield ValueBody(value=str(year), title=str(year))
    if one.known == "measures":
        for code in _codes([thing for known in bounds for thing in known.measures]):
            yield ValueBody(value=code, title=f"{code} {names.get(code, '')}".strip())
    if one.known == "offices":
        home = KnownThing(code=question.defaults.home_voivodeship)
        for code in _codes([home, *(thing for known in bounds for thing in known.offices)]):
            yield ValueBody(value=code, title=office_name(code))
        yield ValueBody(value=ALL_OFFICES, title=_ALL_OFFICES.of(language))


def _codes(things: Sequence[KnownThing]) -> list[str]:
    """Codes in order of their parts, each once."""
    return sorted({thing.code for thing in things}, key=polish_sort_key)
