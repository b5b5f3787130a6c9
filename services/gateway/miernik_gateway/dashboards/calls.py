"""Dashboard of the calls for proposals: slides "Konkursy w 2011 r.".

A row reads: Drugi konkurs zamknięty | (ogólny) | 12 sierpnia 2011 r. | 14 618 532,07 zł | 108 | 92 406 118,61 zł
| grudzień 2011/styczeń 2012.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block, Dashboard, FilterValues, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, KNOWN_AT, MEASURE, OFFICE, YEAR
from miernik_gateway.dashboards.compose.blocks import Note
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.kinds import MonthRange
from miernik_gateway.dashboards.compose.table import Table
from miernik_gateway.dashboards.fetch.call_report import CALL_REPORT, CallReport, CallRow
from miernik_gateway.dashboards.programme_tables import MISSING_IS_NOT_ZERO, UNASSIGNED, level_name, office_title
from miernik_shared.formats import display

TITLE = Bilingual("Konkursy", "Calls")
_KINDS = {
    "closed": Bilingual("konkurs zamknięty", "closed call"),
    "open": Bilingual("konkurs otwarty", "open call"),
    "systemic": Bilingual("nabór systemowy", "systemic intake"),
}


def present(report: CallReport, say: Speaker) -> Sequence[Block]:
    """Return one table per node of each office."""
    by_node: dict[tuple[str, str | None], list[CallRow]] = {}
    for row in report.rows:
        by_node.setdefault((row.office, row.code), []).append(row)
    several = len({office for office, _ in by_node}) > 1
    return [
        *(_node_table(rows, say, several_offices=several) for rows in by_node.values()),
        Note(say(*MISSING_IS_NOT_ZERO)),
        *_undated(report, say),
    ]


def _undated(report: CallReport, say: Speaker) -> list[Note]:
    """Count the calls that the filter ``year`` leaves out."""
    counts = ((one.office, display.number(Decimal(one.number), say.language, 0)) for one in report.undated)
    return [
        Note(
            say(
                f"Konkursy województwa {office}, które nie mają żadnej daty i nie należą do żadnego roku: {number}. "
                "Pokazuje je to samo zapytanie bez parametru year.",
                f"Calls of the voivodeship {office} that have no date and belong to no year: {number}. The same "
                "request without the parameter year shows them.",
            )
        )
        for office, number in counts
    ]


def _node_table(rows: Sequence[CallRow], say: Speaker, *, several_offices: bool) -> Table:
    node = rows[0]
    key = node.office if node.code is None else f"{node.office}/{node.code}"
    table = Table(key, office_title(_node_title(node, say), node.office, say, several=several_offices), say)
    columns = _add_columns(table, say)
    for line in rows:
        _add_row(table, columns, line, say)
    return table


def _node_title(node: CallRow, say: Speaker) -> str:
    """`Poddziałanie 7.2.1 Aktywizacja zawodowa …`."""
    if node.level is None:
        return say(*UNASSIGNED)
    return f"{level_name(node.level, say)} {node.code} {node.node_name}"


@dataclass(frozen=True, slots=True)
class _Columns:
    title: Column[str]
    theme: Column[str]
    project_type: Column[str]
    number: Column[str]
    kind: Column[str]
    closes_on: Column[date]
    budget: Column[Decimal]
    applications_number: Column[int]
    applications_value: Column[Decimal]
    planned_signing: Column[MonthRange]


def _add_columns(table: Table, say: Speaker) -> _Columns:
    return _Columns(
        table.text("title", say("Konkurs", "Call"), say("Nazwa konkursu", "Name of the call")),
        table.text(
            "theme",
            say("TEMAT", "THEME"),
            say("Czego dotyczy konkurs", "What the call is about"),
            optional=True,
            absent="not_applicable",
        ),
        table.text(
            "project_type",
            say("TYP PROJEKTU", "TYPE OF PROJECT"),
            say("Jakich projektów dotyczy konkurs", "What projects the call asks for"),
            optional=True,
            absent="not_applicable",
        ),
        table.text(
            "number",
            say("Numer konkursu", "Number of the call"),
            say("Numer tak, jak zapisuje go instytucja", "The number as the institution writes it"),
            optional=True,
            absent="not_applicable",
        ),
        table.text(
            "kind",
            say("Tryb", "Kind"),
            say("Konkurs zamknięty, otwarty albo nabór systemowy", "A closed or open call, or a systemic intake"),
        ),
        table.date(
            "closes_on",
            say("Nabór zakończony dnia", "Closed on"),
            say("Ostatni dzień składania wniosków", "Last day for applications"),
        ),
        *_add_amounts(table, say),
        table.month_range(
            "planned_signing",
            say("Planowany termin podpisania umów", "Planned signing of agreements"),
            say("Miesiąc lub dwa, w których planuje się podpisać umowy", "The month or months planned"),
        ),
    )


def _add_amounts(table: Table, say: Speaker) -> tuple[Column[Decimal], Column[int], Column[Decimal]]:
    zloty = say("zł", "PLN")
    return (
        table.money(
            "budget",
            say("Alokacja", "Allocation"),
            say("Kwota przeznaczona na konkurs", "Money set aside for the call"),
            unit=zloty,
            whole_bare=True,
        ),
        table.count(
            "applications_number",
            say("Liczba złożonych wniosków", "Applications submitted"),
            say("Wnioski złożone do pokazanego dnia", "Applications submitted up to the day shown"),
        ),
        table.money(
            "applications_value",
            say("na kwotę", "amounting to"),
            say("Suma wartości złożonych wniosków", "Sum of the values of the applications submitted"),
            unit=zloty,
            whole_bare=True,
        ),
    )


def _add_row(table: Table, columns: _Columns, line: CallRow, say: Speaker) -> None:
    row = table.row(line.call_id, proof=line.proof)
    row[columns.title] = line.title
    row[columns.theme] = line.theme
    row[columns.project_type] = line.project_type
    row[columns.number] = line.number
    row.put(columns.kind, line.kind, display=say(*_KINDS[line.kind]) if line.kind in _KINDS else None)
    row[columns.closes_on] = line.closes_on
    row[columns.budget] = line.budget_pln
    applications, planned = line.applications, line.planned_signing
    row[columns.applications_number] = applications and applications.number
    row[columns.applications_value] = applications and applications.value_pln
    row[columns.planned_signing] = planned and MonthRange(planned.first, planned.last)


def _title_of_year(filters: FilterValues) -> Bilingual:
    year = filters["year"]
    return Bilingual(f"Konkursy w {year} r.", f"Calls of {year}") if year else TITLE


CALLS = Dashboard(
    key="calls",
    title=TITLE,
    title_for=_title_of_year,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE, YEAR),
    sections=(Section("calls", TITLE, CALL_REPORT, present, title_for=_title_of_year),),
)
