"""PESEL numbers are found wherever they stand in a cell, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.support.personal_numbers import made_up_pesel

from miernik_shared.values.personal_numbers import holds_personal_number


@given(
    serial=st.integers(0, 9999), day=st.dates(date(1900, 1, 1), date(2299, 12, 31)), junk=st.text("ab -.", max_size=4)
)
def test_every_made_up_personal_number_is_found(serial: int, day: date, junk: str) -> None:
    month = day.month + {19: 0, 20: 20, 21: 40, 22: 60}[day.year // 100]
    number = made_up_pesel(f"{day.year % 100:02}{month:02}{day.day:02}", f"{serial:04}")
    if set(number) != {"0"}:
        assert holds_personal_number(f"{junk}{number}{junk}")
        assert holds_personal_number(f"{number[:6]} {number[6:]}")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not holds_personal_number(wrong)
