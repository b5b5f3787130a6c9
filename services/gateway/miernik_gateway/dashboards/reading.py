"""Reading a dashboard: from the cache if it is still right, else built once for all who wait for it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from miernik_gateway.cache.entries import ByteCache, Entry
from miernik_gateway.cache.flights import Flights
from miernik_gateway.cache.freshness import Freshness
from miernik_gateway.dashboards.composer import compose
from miernik_gateway.dashboards.description import Dashboard
from miernik_gateway.dashboards.families import watched_by
from miernik_gateway.dashboards.query import Asked
from miernik_gateway.dashboards.rendering import render_json
from miernik_gateway.dashboards.reports import Reports
from miernik_gateway.positions.known import KnownPositions, Topic

LONGEST_WAIT_SECONDS = 1.0
_SEEN_ELSEWHERE = "seen elsewhere"


@dataclass(frozen=True, slots=True)
class Built:
    """A dashboard, and the services that it had to do without."""

    entry: Entry
    degraded: tuple[str, ...] = ()


class DashboardReader:
    """Serves questions from the cache and the services."""

    def __init__(self, reports: Reports, cache: ByteCache, freshness: Freshness, known: KnownPositions) -> None:
        self._reports = reports
        self._cache = cache
        self._freshness = freshness
        self._known = known
        self._flights: Flights[Built] = Flights()

    def kept(self, asked: Asked, wanted: Mapping[str, int]) -> Entry | None:
        """The finished answer, if there is one that is right for someone who asks now and has seen ``wanted``."""
        entry = self._cache.get(asked.key)
        if entry is None or not self._freshness.holds(entry) or not self._freshness.reaches(entry, wanted):
            return None
        return entry

    async def read(self, dashboard: Dashboard, asked: Asked, wanted: Mapping[str, int]) -> Built:
        """The answer for a reader who has seen the positions ``wanted`` elsewhere. Raises ``ReportRefused``.

        Waits a second at most for news of those positions; then asks the services, whose databases are the truth.
        """
        entry = self.kept(asked, wanted)
        missing = {} if asked.past or entry else await self._not_arriving(dashboard, wanted)
        entry = entry or (None if missing else self.kept(asked, wanted))
        if entry is not None:
            return Built(entry)
        needed = {topic: self._known.of(topic) for topic in watched_by(dashboard, asked)}
        needed |= {(service, _SEEN_ELSEWHERE): position for service, position in missing.items()}
        return await self._flights.result(asked.key, needed, lambda: self._build(dashboard, asked))

    async def _not_arriving(self, dashboard: Dashboard, wanted: Mapping[str, int]) -> dict[str, int]:
        """The wanted positions that the feeds did not bring in time."""
        services = [service for service in wanted if service in dashboard.services]
        waits = [self._known.wait(service, wanted[service], LONGEST_WAIT_SECONDS) for service in services]
        arrived = await asyncio.gather(*waits)
        return {service: wanted[service] for service, there in zip(services, arrived, strict=True) if not there}

    async def _build(self, dashboard: Dashboard, asked: Asked) -> Built:
        sections = dashboard.sections
        found = await asyncio.gather(*(self._reports.read(section, asked) for section in sections))
        reports = {section.key: report for section, report in zip(sections, found, strict=True)}
        degraded = {one.service for one in sections if reports[one.key].status != "ok"}
        positions: dict[str, int] = {}
        for section in sections:
            position = reports[section.key].position
            positions[section.service] = min(position, positions.get(section.service, position))
        body = render_json(compose(dashboard, asked, reports))
        watched: tuple[Topic, ...] = () if asked.past else watched_by(dashboard, asked)
        built = Built(Entry(body, asked.language, positions, watched, asked.past), tuple(sorted(degraded)))
        self._store(asked, built)
        return built

    def _store(self, asked: Asked, built: Built) -> None:
        """Keeps a whole answer, unless something newer became known while it was built."""
        if not built.degraded and self._freshness.current(built.entry):
            self._cache.put(asked.key, built.entry)
