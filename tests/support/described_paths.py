"""Where the description of a dashboard looks into a report: every path must lead somewhere in a real one."""

from __future__ import annotations

from string import Formatter
from typing import Any

from miernik_gateway.dashboards.catalogue.description import Column, Section, Words


def placeholders(words: Words) -> set[str]:
    return {name for text in (words.pl, words.en) for _, name, _, _ in Formatter().parse(text) if name}


def paths_of(column: Column) -> set[str]:
    """Paths of a column in a row of the report."""
    states = [one for one in (column.title_by, column.base_by, column.suffix_by, *column.words_by) if one]
    filled = {name for by in column.words_by for words in by.words.values() for name in placeholders(words)}
    noted = (note.each for note in column.notes)
    more = {path for path in (column.share_of, column.span_by, column.proof, *noted) if path}
    return {column.field, *(one.field for one in states), *filled, *more, *(one.field for one in column.details)}


def paths_of_rows(section: Section) -> set[str]:
    """Paths of a section in a row of the report, besides those of its columns."""
    rows, grouping = section.rows, section.grouping
    named = {path for path in (rows.level, rows.kind, rows.title) if path}
    if grouping.title_by:
        named |= {grouping.title_by.field}
        named |= {name for words in grouping.title_by.words.values() for name in placeholders(words)}
    return {*rows.key, *grouping.fields, *named}


def lost(row: dict[str, Any], paths: set[str]) -> list[str]:
    """The paths that lead nowhere in a row."""
    return [path for path in sorted(paths) if not _leads_somewhere(row, path)]


def _leads_somewhere(row: dict[str, Any], path: str) -> bool:
    found: Any = row
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return True
