"""LRU cache of finished response bodies, limited by their total size in bytes."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from miernik_gateway.cache.answers import Encoding, Variant
from miernik_gateway.positions.known import Topic


@dataclass(eq=False, slots=True)
class Entry:
    """Finished response body, with the positions and topics that it was built from.

    ``positions`` are those of the services in the snapshots that were read. ``watched`` are the topics that the body
    depends on. A body that shows a past state of knowledge depends on none, since that state never changes.
    """

    body: bytes
    language: str
    positions: Mapping[str, int]
    watched: tuple[Topic, ...]
    past: bool = False
    variants: dict[Encoding, Variant] = field(default_factory=dict["Encoding", Variant])
    judged_at: int = -1
    """Version of the known positions at which the entry was last found to be current."""
    position_header: bytes = b""
    """Value of ``Miernik-Position`` at the version in ``judged_at``."""

    @property
    def size(self) -> int:
        """Size of the body and its compressed variants in bytes."""
        return len(self.body) + sum(len(one.content) for key, one in self.variants.items() if key != "identity")


class ByteCache:
    """LRU cache of entries, limited by their total size in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, Entry] = OrderedDict()
        self.size = 0

    def get(self, key: Hashable) -> Entry | None:
        """Return an entry and mark it as the most recently used. Does not check whether it is still valid."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Hashable, entry: Entry) -> None:
        """Store an entry, unless the stored one was built from a later position of any service."""
        former = self._entries.get(key)
        if former is not None:
            if any(former.positions.get(service, 0) > position for service, position in entry.positions.items()):
                return
            self.size -= former.size
            del self._entries[key]
        if entry.size <= self._limit:
            self._entries[key] = entry
            self.size += entry.size
            self._evict()

    def variant(self, key: Hashable, entry: Entry, encoding: Encoding) -> Variant:
        """Return the body of an entry in an encoding, compressed at the first request and stored with the entry."""
        variant = entry.variants.get(encoding)
        if variant is None:
            before = entry.size
            variant = entry.variants[encoding] = Variant.of(entry.body, encoding, entry.language)
            if self._entries.get(key) is entry:
                self.size += entry.size - before
                self._evict()
        return variant

    def _evict(self) -> None:
        while self.size > self._limit:
            _, entry = self._entries.popitem(last=False)
            self.size -= entry.size
