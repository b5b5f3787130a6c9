"""Last good response to each request, used while its service is down; limited by their total size in bytes."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """Body of a good response, the position of its snapshot, and the instant at which it was read."""

    content: bytes
    position: int
    read_at: datetime


class LastAnswers:
    """LRU store of the last good responses."""

    def __init__(self, limit: int = _LIMIT_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._answers: OrderedDict[Any, LastAnswer] = OrderedDict()

    def put(self, key: Any, content: bytes, position: int, read_at: datetime) -> None:
        """Store a response, unless one of a later position is stored."""
        former = self._answers.get(key)
        if former is not None and former.position > position:
            return
        self._size += len(content) - (len(former.content) if former else 0)
        self._answers[key] = LastAnswer(content, position, read_at)
        self._answers.move_to_end(key)
        while self._size > self._limit:
            self._size -= len(self._answers.popitem(last=False)[1].content)

    def get(self, key: Any) -> LastAnswer | None:
        """Return the last good response, if there is one."""
        return self._answers.get(key)
