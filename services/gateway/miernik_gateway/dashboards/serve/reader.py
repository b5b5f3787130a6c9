"""Reader of dashboards: from the cache while the entry is valid, else built once for all concurrent readers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from miernik_gateway.cache.entries import ByteCache, Entry
from miernik_gateway.cache.freshness import Freshness
from miernik_gateway.cache.single_flight import SingleFlight
from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.compose.composer import compose
from miernik_gateway.dashboards.compose.rendering import render_json
from miernik_gateway.dashboards.fetch.report_fetcher import ReportFetcher
from miernik_gateway.dashboards.serve.refusals import rewrite_refusal
from miernik_gateway.positions.known import KnownPositions, Topic

LONGEST_WAIT_SECONDS = 1.0
_SEEN_ELSEWHERE = "seen elsewhere"


@dataclass(frozen=True, slots=True)
class Answer:
    """Rendered answer, and the services that could not contribute to it."""

    entry: Entry
    degraded: tuple[str, ...] = ()


class AnswerCache:
    """Byte cache of answers with single-flight builds."""

    def __init__(self, cache: ByteCache, freshness: Freshness, known: KnownPositions) -> None:
        self._cache = cache
        self._freshness = freshness
        self._known = known
        self._flights: SingleFlight[Answer] = SingleFlight()

    def valid_entry(self, key: str, wanted: Mapping[str, int]) -> Entry | None:
        """Return the cached entry if it is valid now and reaches the positions ``wanted``."""
        entry = self._cache.get(key)
        if entry is None or not self._freshness.holds(entry) or not self._freshness.reaches(entry, wanted):
            return None
        return entry

    async def build(
        self,
        key: str,
        watched: tuple[Topic, ...],
        seen_elsewhere: Mapping[str, int],
        build: Callable[[], Awaitable[Answer]],
    ) -> Answer:
        """Return the answer of a build that began no earlier than the changes known now."""

        async def build_and_store() -> Answer:
            answer = await build()
            self._store(key, answer)
            return answer

        needed = {topic: self._known.of(topic) for topic in watched}
        needed |= {(service, _SEEN_ELSEWHERE): position for service, position in seen_elsewhere.items()}
        return await self._flights.result(key, needed, build_and_store)

    async def not_arriving(self, services: frozenset[str], wanted: Mapping[str, int]) -> dict[str, int]:
        """Return the wanted positions of these services that the feeds do not reach within a second."""
        awaited = [service for service in wanted if service in services]
        waits = [self._known.wait(service, wanted[service], LONGEST_WAIT_SECONDS) for service in awaited]
        arrived = await asyncio.gather(*waits)
        return {service: wanted[service] for service, there in zip(awaited, arrived, strict=True) if not there}

    def _store(self, key: str, answer: Answer) -> None:
        """Cache an answer that is not degraded, unless it was overtaken by a change during the build."""
        if not answer.degraded and self._freshness.current(answer.entry):
            self._cache.put(key, answer.entry)


class DashboardReader:
    """Reader of dashboards from the cache and, where that has no valid entry, from the services."""

    def __init__(self, reports: ReportFetcher, answers: AnswerCache) -> None:
        self._reports = reports
        self._answers = answers

    def valid_entry(self, query: DashboardQuery, wanted: Mapping[str, int]) -> Entry | None:
        """Return the cached entry if it is valid now and reaches the positions ``wanted``."""
        return self._answers.valid_entry(query.key, wanted)

    async def read(self, dashboard: Dashboard, query: DashboardQuery, wanted: Mapping[str, int]) -> Answer:
        """Return the answer for a reader who has seen the positions ``wanted`` elsewhere.

        Waits at most a second for the feeds to reach those positions; after that the services are queried, whose
        databases are authoritative. Raises ``ReportRefused`` where every section is refused.
        """
        entry = self.valid_entry(query, wanted)
        missing = {} if query.past or entry else await self._answers.not_arriving(dashboard.services, wanted)
        entry = entry or (None if missing else self.valid_entry(query, wanted))
        if entry is not None:
            return Answer(entry)
        watched = watched_by(dashboard, query)
        return await self._answers.build(query.key, watched, missing, lambda: self._build(dashboard, query))

    async def _build(self, dashboard: Dashboard, query: DashboardQuery) -> Answer:
        sections = dashboard.sections
        fetched = await asyncio.gather(*(self._reports.fetch(section, query) for section in sections))
        refusals = [one.refusal for one in fetched if one.refusal]
        if len(refusals) == len(sections):
            raise rewrite_refusal(dashboard, sections[0], refusals[0])
        reports = {section.key: report for section, report in zip(sections, fetched, strict=True)}
        body = compose(dashboard, query, reports)
        shown = zip(sections, body.sections, strict=True)
        degraded = {section.source.service for section, one in shown if one.status in ("stale", "missing")}
        positions = least_positions((section.source.service, reports[section.key].position) for section in sections)
        watched: tuple[Topic, ...] = () if query.past else watched_by(dashboard, query)
        entry = Entry(render_json(body), query.language, positions, watched, query.past)
        return Answer(entry, tuple(sorted(degraded)))


def least_positions(read: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the least position per service among those that were read."""
    positions: dict[str, int] = {}
    for service, position in read:
        positions[service] = min(position, positions.get(service, position))
    return positions
