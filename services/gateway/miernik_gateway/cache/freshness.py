"""When a finished body may still be served.

The rule: through one gateway, what a write's answer acknowledged is in the next read. A body was read from snapshots
at known positions. It holds as long as none of its topics is known to have changed after that, and as long as the
feeds that would tell are being followed. Both are asked at each read, at the moment of the read.
"""

from collections.abc import Mapping
from typing import Protocol

from miernik_gateway.cache.entries import Entry
from miernik_gateway.positions.headers import format_positions
from miernik_gateway.positions.known import KnownPositions


class Feeds(Protocol):
    """Tells whether a service's changes arrive."""

    def trusted(self, service: str) -> bool: ...


class Freshness:
    """Judges entries by the positions known to this process."""

    def __init__(self, known: KnownPositions, feeds: Feeds) -> None:
        self._known = known
        self._feeds = feeds

    def holds(self, entry: Entry) -> bool:
        """Whether the entry may be served to someone who asks now."""
        if entry.past:
            return True
        if entry.judged_at != self._known.version and not self.current(entry):
            return False
        return all(map(self._feeds.trusted, entry.positions))

    def current(self, entry: Entry) -> bool:
        """Whether nothing is known that is newer than the entry."""
        known, positions = self._known, entry.positions
        if any(known.of(topic) > positions[topic[0]] for topic in entry.watched):
            return False
        entry.position_header = format_positions(self._reached(entry)).encode()
        entry.judged_at = known.version
        return True

    def reaches(self, entry: Entry, wanted: Mapping[str, int]) -> bool:
        """Whether a valid entry reflects the positions that a reader has seen elsewhere."""
        if not wanted or entry.past:
            return True
        reached = self._reached(entry)
        return all(reached.get(service, position) >= position for service, position in wanted.items())

    def position_header(self, entry: Entry) -> bytes:
        """``Miernik-Position`` of an entry: where it is still right, else where it was built."""
        if entry.past or not (entry.judged_at == self._known.version or self.current(entry)):
            return format_positions(entry.positions).encode()
        return entry.position_header

    def _reached(self, entry: Entry) -> dict[str, int]:
        """Positions at which a current entry is right: where the feed was followed beyond the snapshot, nothing that
        the entry depends on had changed."""
        followed = self._known.followed
        return {service: max(position, followed(service)) for service, position in entry.positions.items()}
