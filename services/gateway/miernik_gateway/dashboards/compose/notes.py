"""The sentences around the figures: notes and sources of a section, its tables, column groups and columns."""

from collections.abc import Iterator, Sequence

from miernik_gateway.dashboards.catalogue.description import Note, Section
from miernik_gateway.dashboards.compose.body import NoteBody, SourceBody
from miernik_gateway.dashboards.compose.cells import Row, things_at, value_at
from miernik_gateway.dashboards.compose.value_text import written
from miernik_gateway.dashboards.fetch.report_fetcher import Report, ReportSource
from miernik_shared.formats import Language, display

TABLE = "table"
SECTION = "section"


def notes_at(
    section: Section, place: str, report: Report, language: Language, office: str | None = None
) -> list[NoteBody]:
    """What is said at a place: the section, its tables, or the column or column group of that key.

    At a place in an office's table nothing is said of another office.
    """
    return [
        NoteBody(text=text, mark=note.mark) if note.mark else NoteBody(text=text)
        for note in section.notes
        if note.at == place
        for text in sentences(note, report.members, language, office)
    ]


def sentences(note: Note, members: Row, language: Language, office: str | None = None) -> Iterator[str]:
    """What a note says of the things that it finds in a report or in a row."""
    things = [thing for thing in things_of(note, members) if office is None or _concerns(thing, office)]
    if note.alone and len(things) > 1:
        return
    for thing in things:
        words = note.text
        if note.text_by:
            words = note.text_by.words.get(str(value_at(thing, note.text_by.field)), note.text)
        values = {name: value_at(thing, one.field) for name, one in note.values.items()}
        filled = {
            name: display.MISSING[language] if value is None else written(value, note.values[name].kind, language)
            for name, value in values.items()
        }
        yield words.of(language, **filled)


def things_of(note: Note, members: Row) -> list[Row]:
    """What a note is said of."""
    return [members] if note.each is None else things_at(members, note.each)


def _concerns(thing: Row, office: str) -> bool:
    """Whether something is said of an office: of none, of one (``office``) or of several (``offices``)."""
    return thing.get("office") in (None, office) and office in (thing.get("offices") or [office])


def sources_at(
    section: Section, sources: Sequence[ReportSource], column: str | None, language: Language
) -> list[SourceBody]:
    """The sources that the report gives for a column or column group; with None, for a table as a whole."""
    return [_source(section, one, language) for one in sources if one.column == column]


def _source(section: Section, source: ReportSource, language: Language) -> SourceBody:
    text = source.text
    if source.date:
        text = section.source_text.of(language, text=source.text, day=display.day(source.date, language))
    body = SourceBody(text=text, date=source.date)
    if section.source_mark and source.column:
        body.mark = section.source_mark
    return body
