"""Parts of the dashboards along the programme tree: a table per office, names of nodes, the note on missing data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.table import Table
from miernik_gateway.dashboards.fetch.programme_rows import Heading, ProgrammeRow
from miernik_shared.values.offices import office_name

L = TypeVar("L", bound=ProgrammeRow)
MISSING_IS_NOT_ZERO = Bilingual(
    "n/d oznacza brak danych, a nie zero; wartość niepełna nie obejmuje danych, których brak.",
    "n/a means that data are missing, not zero; an incomplete value leaves out what is missing.",
)
UNASSIGNED = Bilingual("nieprzypisane", "unassigned")
_TOTAL = Bilingual("OGÓŁEM", "TOTAL")
_LEVELS = {
    "programme": Bilingual("Program", "Programme"),
    "priority": Bilingual("Priorytet", "Priority"),
    "measure": Bilingual("Działanie", "Measure"),
    "sub_measure": Bilingual("Poddziałanie", "Sub-measure"),
}
_WITHOUT_LOWER_LEVEL = {
    "programme": Bilingual("(bez priorytetu)", "(of no priority)"),
    "priority": Bilingual("(bez działania)", "(of no measure)"),
    "measure": Bilingual("(bez poddziałania)", "(of no sub-measure)"),
}
_LAST_KINDS = {"unassigned": 1, "programme_total": 2, "total": 3}


@dataclass(frozen=True, slots=True)
class OfficeRows(Generic[L]):
    """Rows of one office in the order of its table, with the table's title."""

    office: str
    title: str
    rows: Sequence[L]


def rows_by_office(rows: Iterable[L], headings: Iterable[Heading], say: Speaker) -> list[OfficeRows[L]]:
    """Group rows by office; rows of no node and the total come last."""
    by_office: dict[str, list[L]] = {}
    for row in rows:
        by_office.setdefault(row.office, []).append(row)
    titles: dict[str, list[str]] = {}
    for one in headings:
        titles.setdefault(one.office, []).append(f"{level_name(one.level, say)} {one.code} {one.name}")
    return [
        OfficeRows(
            office,
            office_title(", ".join(titles.get(office, [])), office, say, several=len(by_office) > 1),
            sorted(own, key=lambda row: _LAST_KINDS.get(row.kind, 0)),
        )
        for office, own in by_office.items()
    ]


def office_title(title: str, office: str, say: Speaker, *, several: bool) -> str:
    """Title of the table of an office. Names the office if there are several or the table has no other title."""
    if title and not several:
        return title
    voivodeship = say(f"Województwo {office_name(office)}", f"Voivodeship {office_name(office)}")
    return f"{voivodeship}: {title}" if title else voivodeship


def level_name(level: str, say: Speaker) -> str:
    """Name of a level of the tree. Raises ``KeyError`` for an unknown one."""
    return say(*_LEVELS[level])


def add_node_column(table: Table, say: Speaker) -> Column[str]:
    """Add the column of the rows' names, which are set by ``row_name``."""
    return table.text(
        "name",
        say("Działanie/ Poddziałanie", "Measure/ sub-measure"),
        say("Miejsce w drzewie programu", "The place in the programme's tree"),
    )


def row_name(row: ProgrammeRow, say: Speaker) -> str | None:
    """`Poddziałanie 7.2.1`, `OGÓŁEM`; None for a row without a level, which is shown by its code."""
    if row.kind == "total":
        return say(*_TOTAL)
    if row.kind == "programme_total":
        return f"{say(*_TOTAL)} {level_name(row.level or 'programme', say)} {row.code}"
    if row.kind == "unassigned":
        return say(*UNASSIGNED)
    if row.directly_on in _WITHOUT_LOWER_LEVEL:
        return f"{level_name(row.directly_on, say)} {row.code} {say(*_WITHOUT_LOWER_LEVEL[row.directly_on])}"
    return f"{level_name(row.level, say)} {row.code}" if row.level in _LEVELS else None
