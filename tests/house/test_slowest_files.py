"""The order in which test files start names files that exist, each once."""

from __future__ import annotations

from pathlib import Path

from tests.support.slowest_files import SLOWEST_FILES

TESTS = Path(__file__).parents[1]


def test_every_file_of_the_starting_order_exists_once() -> None:
    assert [name for name in SLOWEST_FILES if not (TESTS / name).is_file()] == []
    assert len(SLOWEST_FILES) == len(set(SLOWEST_FILES))
