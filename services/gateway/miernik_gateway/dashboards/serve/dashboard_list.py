"""List of dashboards: title, filters with their known values, first and last day with data.

The list is cached like a dashboard, under the topics of everything that any report depends on. While a service is
down, its dashboards stay in the list with their last good bounds.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day

import orjson
from pydantic import BaseModel, TypeAdapter

from miernik_gateway.cache.entries import Entry
from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Dashboard, SectionStatus
from miernik_gateway.dashboards.catalogue.filter import OFFICE, Filter
from miernik_gateway.dashboards.catalogue.query import Defaults
from miernik_gateway.dashboards.catalogue.topics import watched_in_all_voivodeships
from miernik_gateway.dashboards.fetch.report_bounds import Bounds, BoundsFetcher, FetchedBounds, FilterValue
from miernik_gateway.dashboards.serve.reader import Answer, AnswerCache, least_positions
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.positions.known import Topic
from miernik_shared.formats import Language
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.values.offices import ALL_OFFICES, office_name

_ALL_OFFICES = Bilingual("wszystkie województwa", "all voivodeships")
_NOTICE: Mapping[SectionStatus, Bilingual] = {
    "stale": Bilingual(
        "Część systemu, która przechowuje te dane, nie odpowiada. Pokazano ostatnio odczytane wartości.",
        "The part of the system that stores these figures is not responding. The values last read are shown.",
    ),
    "missing": Bilingual(
        "Część systemu, która przechowuje te dane, nie odpowiada. Wartości filtrów nie są teraz znane.",
        "The part of the system that stores these figures is not responding. The values of the filters are not known.",
    ),
}
_SOURCES = {section.source.path: section.source for one in DASHBOARDS.values() for section in one.sections}


class ValueBody(BaseModel):
    """Value of a filter."""

    value: str
    title: str


class FilterBody(BaseModel):
    """Parameter of a dashboard. ``values`` is null if any day, instant or text is accepted.

    With ``others_allowed`` it accepts more than the values listed (a gmina's code, a sub-measure). With ``depends_on``
    the values are those for one value of another filter, by default its default: request the list with that filter to
    see those of another value.
    """

    name: str
    title: str
    meaning: str
    default: str | None
    values: list[ValueBody] | None
    others_allowed: bool
    depends_on: str | None = None


class DashboardEntry(BaseModel):
    """Dashboard in the list; ``href`` is its address. The days are null where there are no data yet.

    ``notice`` gives the reason if the entry is not ``ok``.
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
class _ListQuery:
    """Language and access of the reader, the office whose values are listed, and the defaults of the filters."""

    language: Language
    access: str
    office: str
    defaults: Defaults

    @property
    def key(self) -> str:
        return repr(("list", self.language, self.access, self.office, self.defaults))


class DashboardList:
    """Reader of the list of dashboards, from the cache or the services."""

    def __init__(self, bounds: BoundsFetcher, answers: AnswerCache) -> None:
        self._bounds = bounds
        self._answers = answers

    async def read(
        self, language: Language, access: str, defaults: Defaults, office: str | None = None
    ) -> tuple[str, Answer]:
        """Return the list and its cache key. Values that depend on an office are those of ``office``."""
        query = _ListQuery(language, access, office or defaults.home_voivodeship, defaults)
        entry = self._answers.valid_entry(query.key, {})
        if entry is not None:
            return query.key, Answer(entry)
        return query.key, await self._answers.build(query.key, _watched(), {}, lambda: self._build(query))

    async def _build(self, query: _ListQuery) -> Answer:
        sources = list(_SOURCES.values())
        fetched = await asyncio.gather(*(self._bounds.fetch(one, query.access, query.language) for one in sources))
        bounds = dict(zip(_SOURCES, fetched, strict=True))
        names = _measure_names(fetched)
        entries = [_entry(one, query, bounds, names) for one in DASHBOARDS.values()]
        body = orjson.dumps(_LIST.dump_python(entries, mode="json", exclude_unset=True))
        degraded = {source.service for source in sources if bounds[source.path].status != "ok"}
        positions = least_positions((source.service, bounds[source.path].position) for source in sources)
        return Answer(Entry(body, query.language, positions, _watched()), tuple(sorted(degraded)))


def _watched() -> tuple[Topic, ...]:
    topics = (topic for source in _SOURCES.values() for topic in watched_in_all_voivodeships(source))
    return tuple(dict.fromkeys(topics))


def _measure_names(fetched: Iterable[FetchedBounds]) -> Mapping[str, str]:
    """Names of measures; a service that has data of a measure may not know its name."""
    return {measure.code: measure.name for one in fetched for measure in one.bounds.measures if measure.name}


def _entry(
    dashboard: Dashboard, query: _ListQuery, fetched: Mapping[str, FetchedBounds], names: Mapping[str, str]
) -> DashboardEntry:
    own = [fetched[section.source.path] for section in dashboard.sections]
    bounds = [one.bounds for one in own]
    status = _worst([one.status for one in own])
    say = Speaker(query.language)
    entry = DashboardEntry(
        key=dashboard.key,
        title=say(*dashboard.title),
        href=f"/v1/dashboards/{dashboard.key}",
        filters=[_filter(one, dashboard, query, bounds, names) for one in dashboard.filters],
        status=status,
        first_on=min((one.first_on for one in bounds if one.first_on), default=None),
        last_on=max((one.last_on for one in bounds if one.last_on), default=None),
    )
    if status != "ok":
        entry.notice = say(*_NOTICE[status])
    return entry


def _worst(statuses: Sequence[SectionStatus]) -> SectionStatus:
    if "missing" in statuses:
        return "missing"
    return "stale" if "stale" in statuses else "ok"


def _filter(
    one: Filter, dashboard: Dashboard, query: _ListQuery, bounds: Sequence[Bounds], names: Mapping[str, str]
) -> FilterBody:
    say = Speaker(query.language)
    values = list(_values(one, query, bounds, names))
    body = FilterBody(
        name=one.name,
        title=say(*one.title),
        meaning=say(*one.meaning),
        default=query.defaults.of(one),
        values=values if one.listed or one.values else None,
        others_allowed=one.others_allowed,
    )
    if one.listed == "measures" and OFFICE in dashboard.filters:
        body.depends_on = OFFICE.name
    return body


def _values(one: Filter, query: _ListQuery, bounds: Sequence[Bounds], names: Mapping[str, str]) -> Iterator[ValueBody]:
    say = Speaker(query.language)
    for value, title in one.values.items():
        yield ValueBody(value=value, title=say(*title))
    if one.listed == "years":
        for year in sorted({year for own in bounds for year in own.years}):
            yield ValueBody(value=str(year), title=str(year))
    if one.listed == "measures":
        for code in _codes(_measures_of(query.office, bounds)):
            yield ValueBody(value=code, title=f"{code} {names.get(code, '')}".strip())
    if one.listed == "offices":
        home = FilterValue(code=query.defaults.home_voivodeship)
        for code in _codes([home, *(office for own in bounds for office in own.offices)]):
            yield ValueBody(value=code, title=office_name(code))
        yield ValueBody(value=ALL_OFFICES, title=say(*_ALL_OFFICES))


def _measures_of(office: str, bounds: Sequence[Bounds]) -> list[FilterValue]:
    """Measures that are accepted with the office.

    Beside measures of offices, those of a report that knows no office are left out: they may be another office's.
    """
    measures = [measure for own in bounds for measure in own.measures]
    if all(measure.office is None for measure in measures):
        return measures
    return [one for one in measures if one.office is not None and office in (one.office, ALL_OFFICES)]


def _codes(values: Sequence[FilterValue]) -> list[str]:
    """Codes in order of their parts, without repetition."""
    return sorted({value.code for value in values}, key=polish_sort_key)
