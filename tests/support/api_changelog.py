"""Lines of ``docs/api-changelog.md``, each of which allows one difference from an earlier version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CHANGELOG = Path(__file__).parents[2] / "docs" / "api-changelog.md"
UPGRADE = "upgrade "
_HEADING = re.compile(r"## Since (\S+)")
_ENTRY = re.compile(r"- `([^`]+)` – (\S.*)")


class UnreadableEntry(ValueError):
    """A line below the first heading of a version that is neither an entry nor a heading."""


@dataclass(frozen=True)
class Entry:
    """A difference from ``version`` that is intended."""

    version: str
    identifier: str
    reason: str


def read_entries(text: str) -> list[Entry]:
    """Entries of the changelog. Raises UnreadableEntry, since a mistyped line would allow nothing."""
    entries: list[Entry] = []
    version = ""
    for line in text.splitlines():
        if heading := _HEADING.fullmatch(line):
            version = heading[1]
        elif version and line:
            entry = _ENTRY.fullmatch(line)
            if entry is None:
                raise UnreadableEntry(f"not of the form - `<identifier>` – <reason>: {line}")
            entries.append(Entry(version, entry[1], entry[2]))
    return entries


def allowed_api_changes(version: str) -> set[str]:
    """Identifiers of the differences allowed between the documents of ``version`` and today's."""
    return {one.identifier for one in _entries_since(version) if not one.identifier.startswith(UPGRADE)}


def allowed_answer_changes(version: str) -> set[str]:
    """Identifiers of the differences allowed between the answers recorded at ``version`` and today's."""
    return {one.identifier for one in _entries_since(version) if one.identifier.startswith(UPGRADE)}


def answer_changes_under(version: str) -> set[str]:
    """Identifiers that stand under the heading of ``version`` itself."""
    own = {one.identifier for one in _entries_since(version) if one.version == version}
    return own & allowed_answer_changes(version)


def missing_lines(version: str, identifiers: list[str]) -> str:
    """The lines to add for differences that are not allowed, as a failing test prints them."""
    lines = [f"- `{one}` – <what changed for a client, and why>" for one in identifiers]
    return "\n".join([f"docs/api-changelog.md lacks, under '## Since {version}':", *lines])


def _entries_since(version: str) -> list[Entry]:
    return [one for one in read_entries(CHANGELOG.read_text(encoding="utf-8")) if one.version >= version]
