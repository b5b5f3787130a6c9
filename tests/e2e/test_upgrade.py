"""A database of each released version, migrated by today's code, answers as it did then.

What differs on purpose has a line in ``docs/api-changelog.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.support.api_changelog import allowed_answer_changes, answer_changes_under, missing_lines
from tests.support.databases.postgres import PostgresServer, drop_database, fresh_database
from tests.support.services.running_system import RunningSystem, running_system
from tests.support.upgrade.answers import Answer, Difference, Reader, Recording, differences
from tests.support.upgrade.audit import audit_verdicts, changes_after, count_territories
from tests.support.upgrade.dump import restore_dump
from tests.support.upgrade.make_dump import ANSWERS, DUMP, DUMPS

from miernik_local.provision import DatabaseUrls
from miernik_shared.migrations import check, upgrade

SHOWN = 10
COLLECTIONS = {
    "dashboards", "reports", "events", "feeds", "applications", "agreements", "allocations", "observations",
    "submissions", "recommended-applications", "programme-nodes", "calls", "organisations", "exchange-rates",
}  # fmt: skip


@dataclass(frozen=True)
class Upgraded:
    """A database restored from a dump and migrated, and what was recorded when the dump was made."""

    version: str
    urls: DatabaseUrls
    recording: Recording


@pytest.fixture(scope="module", params=sorted(folder.name for folder in DUMPS.iterdir()))
def upgraded(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Upgraded]:
    urls = fresh_database(postgres_server, migrated=False)
    folder = DUMPS / request.param
    restore_dump(folder / DUMP, urls)
    for service, url in urls.owner.items():
        upgrade(service, url)
    yield Upgraded(request.param, urls, Recording.read(folder / ANSWERS))
    drop_database(postgres_server, urls)


@pytest.fixture(scope="module")
def recorded_differences(upgraded: Upgraded, tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    """Differences between the recorded answers and those of today's code."""
    recorded = upgraded.recording.answers
    logs = tmp_path_factory.mktemp("logs")
    with running_system(upgraded.urls, logs, calls=1, contracts=1, indicators=1, gateway=1) as system:
        today = _answers(system, upgraded.recording)
    return [one for before, after in zip(recorded, today, strict=True) for one in differences(before, after)]


def _answers(system: RunningSystem, recording: Recording) -> list[Answer]:
    reader = Reader(system, recording.keys)
    try:
        return reader.answers(one.question for one in recording.answers)
    finally:
        reader.close()


def test_recorded_answer_differs_only_where_the_changelog_says_so(
    upgraded: Upgraded, recorded_differences: list[Difference]
) -> None:
    allowed = allowed_answer_changes(upgraded.version)

    unlisted = [one for one in recorded_differences if not any(one.is_allowed_by(pattern) for pattern in allowed)]

    identifiers = list(dict.fromkeys(one.identifier for one in unlisted))
    examples = "\n".join(str(one) for one in unlisted[:SHOWN])

    assert not unlisted, f"{missing_lines(upgraded.version, identifiers)}\n\nSuch as:\n{examples}"


def test_line_of_the_changelog_allows_a_difference_that_is_there(
    upgraded: Upgraded, recorded_differences: list[Difference]
) -> None:
    listed = answer_changes_under(upgraded.version)

    stale = [pattern for pattern in listed if not any(one.is_allowed_by(pattern) for one in recorded_differences)]

    assert not stale, f"docs/api-changelog.md names what has not changed: {stale}"


def test_audit_verify_passes_and_names_the_recorded_heads(
    upgraded: Upgraded, recorded_differences: list[Difference]
) -> None:
    assert recorded_differences is not None  # the system ran in between, and reading leaves no change

    verdicts = dict(zip(upgraded.recording.audit, audit_verdicts(upgraded.urls), strict=True))
    moved = {recorded: now for recorded, now in verdicts.items() if recorded != now}

    assert [recorded.partition(":")[0] for recorded in moved] == ["indicators"]
    assert [changes_after(upgraded.urls, recorded) for recorded in moved] == [["territory.restated"]]


def test_upgraded_register_reaches_the_services_that_follow_it(
    upgraded: Upgraded, recorded_differences: list[Difference]
) -> None:
    assert recorded_differences is not None  # the system ran in between

    entries = {part: count_territories(upgraded.urls, part) for part in ("calls", "contracts", "indicators")}

    assert len(set(entries.values())) == 1
    assert entries["calls"] > 200


def test_migrated_schema_is_that_of_the_models(upgraded: Upgraded) -> None:
    for service, url in upgraded.urls.owner.items():
        check(service, url)


def test_recording_covers_the_past_and_every_part(upgraded: Upgraded) -> None:
    answers = upgraded.recording.answers

    successes = [one for one in answers if one.status == 200]

    assert len(successes) > 0.98 * len(answers)
    assert {one.question.path.split("/")[2].partition("?")[0] for one in successes} >= COLLECTIONS
    assert sum("known_at=" in one.question.path for one in successes) > 50
