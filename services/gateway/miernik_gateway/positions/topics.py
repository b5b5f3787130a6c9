"""Families of data as topics: what a change of a family raises, and what a reader of a family must look at.

A family may have parts, as in ``observations:04``. A change of ``observations:04`` also concerns whoever reads all
``observations``. A change of ``observations`` as a whole concerns the readers of every part, but the parts are not
known by name; it raises the topic ``observations:*``, which readers of parts look at besides their own.
"""

from functools import lru_cache

EVERYTHING = "*"
"""Topic of changes that may concern any family of the service."""


@lru_cache(maxsize=4096)
def raised_topics(family: str) -> tuple[str, ...]:
    """Topics whose position a change of ``family`` raises."""
    return (family, f"{family}:*", *_wider(family))


@lru_cache(maxsize=4096)
def watched_topics(family: str) -> tuple[str, ...]:
    """Topics that a reader of ``family`` depends on."""
    return (family, *(f"{wider}:*" for wider in _wider(family)), EVERYTHING)


def _wider(family: str) -> list[str]:
    parts = family.split(":")
    return [":".join(parts[:length]) for length in range(1, len(parts))]
