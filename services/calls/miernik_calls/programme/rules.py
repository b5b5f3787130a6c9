"""Rules of the programme tree."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.problems import FieldError

Level = Literal["programme", "priority", "measure", "sub_measure"]
LEVELS: tuple[Level, ...] = ("programme", "priority", "measure", "sub_measure")

_ROMAN = re.compile("(X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}


def is_below(level: Level, parent: Level) -> bool:
    """Whether a node of one level may have a parent of the other.

    Levels may be left out: 7.3 has no sub-measures, and a small programme no priorities.
    """
    return LEVELS.index(level) > LEVELS.index(parent)


def validate_root(level: Level) -> list[FieldError]:
    """Errors of a node without a parent.

    An office may start its tree at a priority or a measure, but not at a sub-measure: reports would show it
    outside of every measure.
    """
    return [FieldError("/parent", "sub_measure_without_parent")] if level == "sub_measure" else []


def code_sort_key(code: str) -> str:
    """Sort key of codes, by the numbers in them: 7.2.2 before 7.10, and priority IX after V."""
    return polish_sort_key(".".join(_arabic(part) for part in code.split(".")))


def _arabic(part: str) -> str:
    if not part or not _ROMAN.fullmatch(part):
        return part
    digits = [_ROMAN_DIGITS[letter] for letter in part]
    following = [*digits[1:], 0]
    return str(sum(-one if one < after else one for one, after in zip(digits, following, strict=True)))


def find_start(starts: Mapping[int, date], node_no: int | None) -> date | None:
    """First day of the programme of a node; without a node, that of the office's first programme.

    None while the office has none.
    """
    first = min(starts.values(), default=None)
    return first if node_no is None else starts.get(node_no, first)
