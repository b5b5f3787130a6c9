"""From a report's rows to the tables of a section: title, headers, rows, notes and sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from miernik_gateway.dashboards.catalogue.description import Column, ColumnGroup, Section, Words
from miernik_gateway.dashboards.compose.body import ColumnBody, ColumnGroupBody, GroupBody
from miernik_gateway.dashboards.compose.cells import Row, texts_of, things_at, value_at
from miernik_gateway.dashboards.compose.notes import TABLE, notes_at, sources_at
from miernik_gateway.dashboards.compose.rows import rows_of
from miernik_gateway.dashboards.fetch.report_fetcher import Report, ReportSource
from miernik_shared.formats import Language, display
from miernik_shared.values.offices import office_name

_OFFICE = Words("Województwo {name}", "Voivodeship {name}")


@dataclass(frozen=True, slots=True)
class _Table:
    """One table on its way: the rows that share its key, and what all its parts are made from."""

    section: Section
    report: Report
    language: Language
    key: str
    rows: Sequence[Row]

    @property
    def office(self) -> str | None:
        """The office whose rows they are, where the report tells several apart."""
        return self.rows[0].get("office")

    @property
    def sources(self) -> list[ReportSource]:
        return [one for one in self.report.sources if one.concerns(self.key, self.office)]


def tables_of(section: Section, report: Report, language: Language) -> list[GroupBody]:
    """The tables in the order in which the report comes to them."""
    by_key: dict[str, list[Row]] = {}
    for row in report.rows:
        values = [row[name] for name in section.grouping.fields]
        by_key.setdefault("/".join(str(value) for value in values if value is not None), []).append(row)
    tables = [_Table(section, report, language, key, rows) for key, rows in by_key.items()]
    several = len({table.office for table in tables}) > 1
    return [_shown(table, named_by_office=several) for table in tables]


def _shown(table: _Table, *, named_by_office: bool) -> GroupBody:
    section, report, language = table.section, table.report, table.language
    columns = [column for column in section.columns if not column.optional or _any_value(column, table.rows)]
    titles = [_table_title(table)]
    if table.office and (named_by_office or not titles[0]):
        titles.insert(0, _OFFICE.of(language, name=office_name(table.office)))
    body = GroupBody(
        key=table.key,
        title=": ".join(filter(None, titles)),
        columns=[_column(table, column) for column in columns],
        rows=rows_of(section, columns, table.rows, report, language),
        sources=sources_at(section, table.sources, None, language),
    )
    if headers := [_column_group(table, one, columns) for one in section.column_groups]:
        body.column_groups = [one for one in headers if one.columns]
    if notes := notes_at(section, TABLE, report, language, table.office):
        body.notes = notes
    return body


def _any_value(column: Column, rows: Sequence[Row]) -> bool:
    return any(value_at(row, column.field) is not None for row in rows)


def _table_title(table: _Table) -> str:
    grouping, row = table.section.grouping, table.rows[0]
    if titles := _headings(table):
        return ", ".join(titles)
    words = grouping.title
    if grouping.title_by:
        words = grouping.title_by.words.get(str(value_at(row, grouping.title_by.field)), grouping.title)
    title = words.of(table.language, **{**texts_of(row), "group": table.key}).strip()
    return title or (grouping.untitled.of(table.language) if grouping.untitled else "")


def _headings(table: _Table) -> list[str]:
    """The titles that the report brings along for the office of the table."""
    described = table.section.grouping.headings
    if described is None:
        return []
    words, level = described.words.words, described.words.field
    listed = things_at(table.report.members, described.field)
    return [words[one[level]].of(table.language, **texts_of(one)) for one in listed if one["office"] == table.office]


def _column(table: _Table, column: Column) -> ColumnBody:
    language = table.language
    body = ColumnBody(
        key=column.key,
        title=_title(column, table.rows).of(language, day=display.day(table.report.as_of, language)),
        meaning=column.meaning.of(language),
        kind=column.kind,
        unit=column.unit.of(language) if column.unit else None,
    )
    if column.group:
        body.group = column.group
    _say(table, body, column.key)
    return body


def _title(column: Column, rows: Sequence[Row]) -> Words:
    """The title for the one state that all rows of the group share; the general one where they differ."""
    if column.title_by is None:
        return column.title
    states = {value_at(row, column.title_by.field) for row in rows} - {None}
    return column.title_by.words.get(states.pop(), column.title) if len(states) == 1 else column.title


def _column_group(table: _Table, described: ColumnGroup, columns: Sequence[Column]) -> ColumnGroupBody:
    keys = [column.key for column in columns if column.group == described.key]
    body = ColumnGroupBody(key=described.key, title=described.title.of(table.language), columns=keys)
    _say(table, body, described.key)
    return body


def _say(table: _Table, body: ColumnBody | ColumnGroupBody, place: str) -> None:
    """Notes and sources that stand at this place only."""
    if notes := notes_at(table.section, place, table.report, table.language, table.office):
        body.notes = notes
    if sources := sources_at(table.section, table.sources, place, table.language):
        body.sources = sources
