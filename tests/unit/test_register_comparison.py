"""Changes between two editions of the register that are unlikely enough to need a confirmation."""

from __future__ import annotations

from datetime import date

import pytest

from miernik_indicators.register.comparison import Edition, compare_editions, find_unlikely_changes
from miernik_indicators.register.terc_file import TercEntry, read_terc
from miernik_local.demo_region.figures import register_file


@pytest.mark.parametrize(
    ("ended", "entries", "unlikely"),
    [(4, 168, False), (8, 168, False), (9, 168, True), (3, 10, False), (4, 10, True), (1, 2, True), (0, 5, False)],
)
def test_share_of_ended_codes_decides(ended: int, entries: int, unlikely: bool) -> None:
    territories = [TercEntry(f"04{number:04d}", "2", "gmina", "Osie", "gmina wiejska") for number in range(entries)]
    old = Edition.build(date(2020, 1, 1), territories)
    new = Edition.build(date(2021, 1, 1), territories[ended:])

    found = find_unlikely_changes(compare_editions(new, old, None))

    assert [one.code for one in found] == ["terc_many_codes_end"] * unlikely


def test_real_changes_of_six_years_are_not_unlikely() -> None:
    """Two gminy were made and 82 became urban-rural between 2020 and 2026."""
    entries = list(read_terc(register_file()).entries)
    later = [TercEntry(one.code, one.kind and "3", one.level, one.name, one.kind_name) for one in entries]
    made = TercEntry("040299", "2", "gmina", "Grabówka", "gmina wiejska")
    old, new = Edition.build(date(2020, 1, 1), entries), Edition.build(date(2026, 1, 1), [*later, made])

    assert find_unlikely_changes(compare_editions(new, old, None)) == []
