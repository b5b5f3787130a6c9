"""From a description and the reports of its sections to a dashboard's body."""

from collections.abc import Mapping, Sequence

from miernik_gateway.dashboards.body import (
    CellBody,
    ColumnBody,
    DashboardBody,
    GroupBody,
    RowBody,
    SectionBody,
    SourceBody,
)
from miernik_gateway.dashboards.cells import Row, cell, value_at
from miernik_gateway.dashboards.description import Column, Dashboard, Rows, Section, Words
from miernik_gateway.dashboards.query import Asked
from miernik_gateway.dashboards.reports import Report, SectionReport
from miernik_shared.formats import Language, display

_STALE = Words(
    "Usługa z tymi danymi nie odpowiada. Dane pokazano tak, jak odczytano je ostatnio.",
    "The service with these figures does not answer. They are shown as they were last read.",
)
_MISSING = Words(
    "Usługa z tymi danymi nie odpowiada. Brak danych do pokazania; nie oznacza to zera.",
    "The service with these figures does not answer. There is nothing to show; that does not mean zero.",
)


def compose(dashboard: Dashboard, asked: Asked, reports: Mapping[str, SectionReport]) -> DashboardBody:
    """The dashboard from one report per section key."""
    given = dict(asked.parameters)
    body = DashboardBody(
        dashboard=dashboard.key,
        title=dashboard.title.of(asked.language),
        language=asked.language,
        filters={one.name: given.get(one.name) for one in dashboard.filters},
        sections=[_section(section, reports[section.key], asked.language) for section in dashboard.sections],
    )
    if asked.past:
        body.positions = {section.service: reports[section.key].position for section in dashboard.sections}
    return body


def _section(section: Section, source: SectionReport, language: Language) -> SectionBody:
    report = source.report
    body = SectionBody(
        key=section.key,
        title=section.title.of(language),
        status=source.status,
        territory=report.territory if report else None,
        groups=_groups(section, report, language) if report else [],
        notes=[note.of(language) for note in section.notes],
    )
    if source.status == "stale":
        body.notice = _STALE.of(language)
        body.as_of_instant = source.read_at
        body.position = source.position
    elif source.status == "missing":
        body.notice = _MISSING.of(language)
    return body


def _groups(section: Section, report: Report, language: Language) -> list[GroupBody]:
    by_group: dict[str, list[Row]] = {}
    for row in report.rows:
        by_group.setdefault(str(row[section.grouping.field]), []).append(row)
    return [_group(section, key, rows, report, language) for key, rows in by_group.items()]


def _group(section: Section, key: str, rows: Sequence[Row], report: Report, language: Language) -> GroupBody:
    columns = [column for column in section.columns if not column.optional or _any_value(column, rows)]
    day = display.day(report.as_of, language)
    return GroupBody(
        key=key,
        title=section.grouping.title.of(language, group=key),
        columns=[_column(column, rows, day, language) for column in columns],
        rows=[_row(section.rows, columns, row, language) for row in rows],
        sources=[SourceBody(text=one.text, date=one.date) for one in report.sources if one.measure == key],
    )


def _any_value(column: Column, rows: Sequence[Row]) -> bool:
    return any(value_at(row, column.field) is not None for row in rows)


def _column(column: Column, rows: Sequence[Row], day: str, language: Language) -> ColumnBody:
    return ColumnBody(
        key=column.key,
        title=_title(column, rows).of(language, day=day),
        meaning=column.meaning.of(language),
        kind=column.kind,
        unit=column.unit.of(language) if column.unit else None,
    )


def _title(column: Column, rows: Sequence[Row]) -> Words:
    """The title for the one state that all rows of the group share; the general one where they differ."""
    if column.title_by is None:
        return column.title
    states = {value_at(row, column.title_by.field) for row in rows} - {None}
    return column.title_by.words.get(states.pop(), column.title) if len(states) == 1 else column.title


def _row(described: Rows, columns: Sequence[Column], row: Row, language: Language) -> RowBody:
    level = int(row.get(described.level) or 0)
    cells = {column.key: cell(column, row, language) for column in columns}
    if level:
        _name_as_part(cells[described.name], described, language)
    return RowBody(
        key="/".join(str(value) for value in (row.get(name) for name in described.key) if value is not None),
        level=level,
        unit=row.get(described.unit),
        cells=cells,
        note=row.get(described.note),
        proof=row.get(described.proof),
    )


def _name_as_part(name: CellBody, described: Rows, language: Language) -> None:
    """Puts "w tym" in front, unless the name as it was entered brings it along."""
    leads = (described.of_which.of("pl", name="").strip(), described.of_which.of("en", name="").strip())
    if not name.display.startswith(leads):
        name.display = described.of_which.of(language, name=name.display)
