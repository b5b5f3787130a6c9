"""Entity tags in ``If-Match`` and ``If-None-Match``: a list of tags, or ``*`` for any (RFC 9110, 13.1)."""

import re
from dataclasses import dataclass

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_OWS = r"[ \t]*"
_LIST = re.compile(rf"(?:{_OWS},)*{_OWS}{_TAG}{_OWS}(?:,{_OWS}(?:{_TAG}{_OWS})?)*")
_EACH = re.compile(_TAG)
_WEAK = "W/"


@dataclass(frozen=True, slots=True)
class EntityTags:
    """Tags of a conditional request; ``any`` is ``*``, which matches every representation that exists."""

    tags: tuple[str, ...] = ()
    any: bool = False

    @property
    def only_weak(self) -> bool:
        """Whether no tag can ever match by strong comparison."""
        return not self.any and all(tag.startswith(_WEAK) for tag in self.tags)

    def match_strongly(self, etag: str) -> bool:
        """Strong comparison, that of ``If-Match``: a weak tag matches nothing."""
        return self.any or (etag in self.tags and not etag.startswith(_WEAK))

    def match_weakly(self, etag: str) -> bool:
        """Weak comparison, that of ``If-None-Match``: ``W/"v1"`` and ``"v1"`` are the same."""
        plain = etag.removeprefix(_WEAK)
        return self.any or any(tag.removeprefix(_WEAK) == plain for tag in self.tags)


def parse_entity_tags(header: str) -> EntityTags:
    """Parse the value of ``If-Match`` or ``If-None-Match``. Raises ``ValueError`` for anything else."""
    if header.strip(" \t") == "*":
        return EntityTags(any=True)
    if not _LIST.fullmatch(header):
        raise ValueError("neither * nor a list of entity tags")
    return EntityTags(tuple(_EACH.findall(header)))
