"""Topics of a family of data: those that its change raises, and those that its readers depend on.

A family may have parts, such as ``observations:04``. A change of ``observations:04`` also affects the readers of all
``observations``. A change of ``observations`` as a whole affects the readers of every part, whose names are unknown
here: it raises the topic ``observations:*``, on which readers of a part depend besides their own topic.
"""

from functools import lru_cache

EVERYTHING = "*"
"""Topic of changes that may affect any family of the service."""


@lru_cache(maxsize=4096)
def raised_topics(family: str) -> tuple[str, ...]:
    """Return the topics whose position a change of ``family`` raises."""
    return (family, f"{family}:*", *_list_wider_families(family))


@lru_cache(maxsize=4096)
def watched_topics(family: str) -> tuple[str, ...]:
    """Return the topics that a reader of ``family`` depends on."""
    return (family, *(f"{wider}:*" for wider in _list_wider_families(family)), EVERYTHING)


def _list_wider_families(family: str) -> list[str]:
    parts = family.split(":")
    return [":".join(parts[:length]) for length in range(1, len(parts))]
