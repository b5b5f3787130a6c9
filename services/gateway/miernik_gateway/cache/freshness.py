"""Validation of cache entries: read-your-writes through one gateway.

A write that was acknowledged through this gateway is visible in the next read. A body is built from snapshots of the
services at known positions. It is valid as long as no later change of its topics is known and the feeds that announce
changes are being followed. Both conditions are checked at every read.
"""

from collections.abc import Mapping
from typing import Protocol

from miernik_gateway.cache.entries import Entry
from miernik_gateway.positions.headers import format_positions
from miernik_gateway.positions.known import KnownPositions


class Feeds(Protocol):
    """State of the feeds by service."""

    def trusted(self, service: str) -> bool:
        """Check whether the changes of a service are arriving."""
        ...


class Freshness:
    """Validates cache entries against the positions known to this process."""

    def __init__(self, known: KnownPositions, feeds: Feeds) -> None:
        self._known = known
        self._feeds = feeds

    def holds(self, entry: Entry) -> bool:
        """Check whether the entry may be served now."""
        if entry.past:
            return True
        if entry.judged_at != self._known.version and not self.current(entry):
            return False
        return all(map(self._feeds.trusted, entry.positions))

    def current(self, entry: Entry) -> bool:
        """Check whether no known change is newer than the entry. Stores the result with the entry."""
        known, positions = self._known, entry.positions
        if any(known.of(topic) > positions[topic[0]] for topic in entry.watched):
            return False
        entry.position_header = format_positions(self._reached(entry)).encode()
        entry.judged_at = known.version
        return True

    def reaches(self, entry: Entry, wanted: Mapping[str, int]) -> bool:
        """Check whether a valid entry includes the positions in the reader's own ``Miernik-Position`` header."""
        if not wanted or entry.past:
            return True
        reached = self._reached(entry)
        return all(reached.get(service, position) >= position for service, position in wanted.items())

    def position_header(self, entry: Entry) -> bytes:
        """Return ``Miernik-Position``: the latest position at which the entry is valid, else that of its snapshots."""
        if entry.past or not (entry.judged_at == self._known.version or self.current(entry)):
            return format_positions(entry.positions).encode()
        return entry.position_header

    def _reached(self, entry: Entry) -> dict[str, int]:
        """Return the latest positions at which a current entry is valid.

        If a feed was followed beyond the entry's snapshot, none of the changes in between concerned the entry.
        """
        followed = self._known.followed
        return {service: max(position, followed(service)) for service, position in entry.positions.items()}
