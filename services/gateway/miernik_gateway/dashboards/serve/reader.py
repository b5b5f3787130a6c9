"""Reading a dashboard: from the cache if it is still right, else built once for all who wait for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from miernik_gateway.cache.entries import ByteCache, Entry
from miernik_gateway.cache.freshness import Freshness
from miernik_gateway.cache.single_flight import Flights
from miernik_gateway.dashboards.catalogue.description import Dashboard
from miernik_gateway.dashboards.catalogue.query import Asked
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.compose.composer import compose
from miernik_gateway.dashboards.compose.rendering import render_json
from miernik_gateway.dashboards.fetch.report_fetcher import Reports
from miernik_gateway.dashboards.serve.refusals import own_refusal
from miernik_gateway.positions.known import KnownPositions, Topic

LONGEST_WAIT_SECONDS = 1.0
_SEEN_ELSEWHERE = "seen elsewhere"


@dataclass(frozen=True, slots=True)
class Built:
    """A finished answer, and the services that it had to do without."""

    entry: Entry
    degraded: tuple[str, ...] = ()


class KeptAnswers:
    """Finished answers by key: those that are right are given again, others are built once for all who wait."""

    def __init__(self, cache: ByteCache, freshness: Freshness, known: KnownPositions) -> None:
        self._cache = cache
        self._freshness = freshness
        self._known = known
        self._flights: Flights[Built] = Flights()

    def kept(self, key: str, wanted: Mapping[str, int]) -> Entry | None:
        """The finished answer, if there is one that is right for someone who asks now and has seen ``wanted``."""
        entry = self._cache.get(key)
        if entry is None or not self._freshness.holds(entry) or not self._freshness.reaches(entry, wanted):
            return None
        return entry

    async def build(
        self,
        key: str,
        watched: tuple[Topic, ...],
        seen_elsewhere: Mapping[str, int],
        build: Callable[[], Awaitable[Built]],
    ) -> Built:
        """The result of a build that began when all was known that is known now."""

        async def built_and_stored() -> Built:
            built = await build()
            self._store(key, built)
            return built

        needed = {topic: self._known.of(topic) for topic in watched}
        needed |= {(service, _SEEN_ELSEWHERE): position for service, position in seen_elsewhere.items()}
        return await self._flights.result(key, needed, built_and_stored)

    async def not_arriving(self, services: frozenset[str], wanted: Mapping[str, int]) -> dict[str, int]:
        """The wanted positions of these services that the feeds did not bring within a second."""
        awaited = [service for service in wanted if service in services]
        waits = [self._known.wait(service, wanted[service], LONGEST_WAIT_SECONDS) for service in awaited]
        arrived = await asyncio.gather(*waits)
        return {service: wanted[service] for service, there in zip(awaited, arrived, strict=True) if not there}

    def _store(self, key: str, built: Built) -> None:
        """Keeps a whole answer, unless something newer became known while it was built."""
        if not built.degraded and self._freshness.current(built.entry):
            self._cache.put(key, built.entry)


class DashboardReader:
    """Serves questions from the cache and the services."""

    def __init__(self, reports: Reports, answers: KeptAnswers) -> None:
        self._reports = reports
        self._answers = answers

    def kept(self, asked: Asked, wanted: Mapping[str, int]) -> Entry | None:
        """The finished answer, if there is one that is right for someone who asks now and has seen ``wanted``."""
        return self._answers.kept(asked.key, wanted)

    async def read(self, dashboard: Dashboard, asked: Asked, wanted: Mapping[str, int]) -> Built:
        """The answer for a reader who has seen the positions ``wanted`` elsewhere. Raises ``ReportRefused`` where every
        section refuses the question.

        Waits a second at most for news of those positions; then asks the services, whose databases are the truth.
        """
        entry = self.kept(asked, wanted)
        missing = {} if asked.past or entry else await self._answers.not_arriving(dashboard.services, wanted)
        entry = entry or (None if missing else self.kept(asked, wanted))
        if entry is not None:
            return Built(entry)
        watched = watched_by(dashboard, asked)
        return await self._answers.build(asked.key, watched, missing, lambda: self._build(dashboard, asked))

    async def _build(self, dashboard: Dashboard, asked: Asked) -> Built:
        sections = dashboard.sections
        found = await asyncio.gather(*(self._reports.read(section, asked) for section in sections))
        refusals = [one.refusal for one in found if one.refusal]
        if len(refusals) == len(sections):
            raise own_refusal(dashboard, sections[0], refusals[0])
        reports = {section.key: report for section, report in zip(sections, found, strict=True)}
        composed = compose(dashboard, asked, reports)
        shown = zip(sections, composed.sections, strict=True)
        degraded = {section.service for section, one in shown if one.status != "ok"}
        positions = least_positions((section.service, reports[section.key].position) for section in sections)
        watched: tuple[Topic, ...] = () if asked.past else watched_by(dashboard, asked)
        entry = Entry(render_json(composed), asked.language, positions, watched, asked.past)
        return Built(entry, tuple(sorted(degraded)))


def least_positions(read: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The position up to which everything read of a service is right."""
    positions: dict[str, int] = {}
    for service, position in read:
        positions[service] = min(position, positions.get(service, position))
    return positions
