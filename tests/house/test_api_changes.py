"""The API since the last released version: whatever can break a client has a line in ``docs/api-changelog.md``."""

from __future__ import annotations

from tests.support.api_changelog import allowed_api_changes, missing_lines
from tests.support.api_changes.documents import breaking_changes
from tests.support.released_documents import committed_documents, released_documents, released_version


def _changes_since(version: str) -> list[str]:
    released, committed = released_documents(version), committed_documents()
    return [
        change for service in released for change in breaking_changes(service, released[service], committed[service])
    ]


def test_breaking_change_of_the_api_has_a_line_in_the_changelog() -> None:
    version = released_version()

    unlisted = [change for change in _changes_since(version) if change not in allowed_api_changes(version)]

    assert not unlisted, missing_lines(version, unlisted)


def test_line_of_the_changelog_names_a_change_that_is_there() -> None:
    version = released_version()

    stale = allowed_api_changes(version) - set(_changes_since(version))

    assert not stale, f"docs/api-changelog.md names what has not changed: {sorted(stale)}"
