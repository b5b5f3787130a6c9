"""Dashboard of the indicators: slides "Postęp rzeczowy – osiągnięte wskaźniki".

A row reads: Liczba klientów …, którzy zakończyli udział w projektach | 9 800 | 10 000 | 7 009 | 70,09%.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block, Dashboard, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, KNOWN_AT, MEASURE, TERRITORY
from miernik_gateway.dashboards.compose.blocks import Note, Shortfall
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.kinds import CellMembers, TargetValue
from miernik_gateway.dashboards.compose.table import Table
from miernik_gateway.dashboards.fetch.indicator_report import INDICATOR_REPORT, IndicatorReport, IndicatorRow
from miernik_gateway.dashboards.programme_tables import MISSING_IS_NOT_ZERO
from miernik_gateway.dashboards.return_counts import build_counts_title, describe_shortfalls, give_counts
from miernik_shared.formats import display

_REVISED_TITLES = {
    "proposed": Bilingual("Nowa wartość (proponowana)", "new target (proposed)"),
    "approved": Bilingual("Nowa wartość (zatwierdzona)", "new target (approved)"),
}
_PERCENTAGE_TITLES = {
    "original": Bilingual("% wykonania pierwotnej wartości", "% of the original target"),
    "proposed": Bilingual("% wykonania nowej wartości (proponowanej)", "% of the new target (proposed)"),
    "approved": Bilingual("% wykonania nowej wartości (zatwierdzonej)", "% of the new target (approved)"),
}
_BASE_TITLES = {
    "original": Bilingual("pierwotnej wartości", "the original target"),
    "proposed": Bilingual("nowej wartości (proponowanej)", "the new target (proposed)"),
    "approved": Bilingual("nowej wartości (zatwierdzonej)", "the new target (approved)"),
}

_WITHHELD_IS_NOT_ZERO = Bilingual(
    "„Nie pokazano” nie oznacza zera ani braku danych: wartość znają jednostki, które ją podały, i regionalny ośrodek "
    "polityki społecznej.",
    "“Not shown” means neither zero nor that data are missing: the value is known to the units that gave it and to the "
    "regional office.",
)


def present(report: IndicatorReport, say: Speaker) -> Sequence[Block]:
    """Return one table per measure."""
    measures: dict[str, list[IndicatorRow]] = {}
    for row in report.rows:
        measures.setdefault(row.measure, []).append(row)
    tables = [_measure_table(measure, rows, report, say) for measure, rows in measures.items()]
    shortfalls = [Shortfall(sentence) for sentence in describe_shortfalls(report.rows, say)]
    notes = [Note(say(*MISSING_IS_NOT_ZERO))]
    if any(row.withheld for row in report.rows):
        notes.append(Note(say(*_WITHHELD_IS_NOT_ZERO)))
    return [*tables, *notes, *shortfalls]


def _measure_table(measure: str, rows: Sequence[IndicatorRow], report: IndicatorReport, say: Speaker) -> Table:
    title = say(f"Wskaźniki monitorowania Działania {measure}", f"Monitoring indicators of Measure {measure}")
    table = Table(measure, title, say)
    columns = _add_columns(table, rows, display.day(report.as_of, say.language), say)
    for line in rows:
        _add_row(table, columns, line, say)
    for source in report.sources:
        if source.measure == measure:
            table.source(source.text, source.date)
    return table


@dataclass(frozen=True, slots=True)
class _Columns:
    name: Column[str]
    original_target: Column[TargetValue]
    revised_target: Column[TargetValue]
    achieved: Column[Decimal]
    percentage: Column[Decimal]
    units: Column[str]


def _add_columns(table: Table, rows: Sequence[IndicatorRow], day: str, say: Speaker) -> _Columns:
    """Add the columns. A title names the status of the targets if it is the same in all rows."""
    revised = _shared_title(_REVISED_TITLES, (row.revised_target and row.revised_target.status for row in rows))
    percentage = _shared_title(_PERCENTAGE_TITLES, (row.percentage_base for row in rows))
    return _Columns(
        table.text(
            "name",
            say("Nazwa wskaźnika", "Indicator"),
            say("Nazwa wskaźnika obowiązująca w pokazanym dniu", "The indicator's name in force on the day shown"),
        ),
        table.target(
            "original_target",
            say("pierwotna wartość wskaźnika", "original target"),
            say("Wartość docelowa przyjęta na początku", "The target set at the beginning"),
        ),
        table.target(
            "revised_target",
            say(*(revised or Bilingual("Nowa wartość", "new target"))),
            say("Ostatnia zmieniona wartość docelowa i jej stan", "The last revised target and its status"),
            optional=True,
            absent="not_applicable",
        ),
        table.number(
            "achieved",
            say(f"wykonanie na dzień {day}", f"achieved as of {day}"),
            say("Wartość osiągnięta według przyjętych sprawozdań", "The value achieved according to accepted returns"),
            observed=True,
        ),
        table.percent(
            "percentage",
            say(*(percentage or Bilingual("% wykonania", "% achieved"))),
            say(
                "Wykonanie w procentach wartości docelowej podanej przy liczbie",
                "Achieved in % of the target named",
            ),
            unit="%",
            observed=True,
        ),
        table.text(
            "units",
            build_counts_title(rows, say),
            say(
                "Ile jednostek podało wartość za ostatni okres, z tych, które składają sprawozdanie za ten okres",
                "How many units gave the value for the newest period, of those that owe a return for it",
            ),
        ),
    )


def _shared_title(titles: Mapping[str, Bilingual], statuses: Iterable[str | None]) -> Bilingual | None:
    """Return the title of the one status that all rows with a value have; None if they differ."""
    found = set(statuses) - {None}
    return titles.get(str(found.pop())) if len(found) == 1 else None


def _add_row(table: Table, columns: _Columns, line: IndicatorRow, say: Speaker) -> None:
    row = table.row(
        f"{line.indicator}/{line.breakdown}" if line.breakdown is not None else line.indicator,
        level=line.level,
        unit=line.unit_of_measure,
        note=line.change_note,
        proof=line.proof,
        complete=line.complete,
    )
    row.put(columns.name, line.name, display=_part_name(line, say))
    row[columns.original_target] = line.original_target
    row[columns.revised_target] = line.revised_target
    counts = CellMembers(
        reported=line.reported,
        missing=line.missing,
        owing=line.owing,
        given=line.given,
        given_for_period=line.given_for_period,
    )
    reason = [line.withheld_reason] if line.withheld_reason else []
    if reason:
        counts["notes"] = reason
    row.put(columns.achieved, line.achieved, absent="withheld" if line.withheld else None, **counts)
    members = CellMembers()
    if line.percentage is not None and line.percentage_base in _BASE_TITLES:
        members["base"] = line.percentage_base
        members["base_title"] = say(*_BASE_TITLES[line.percentage_base])
    # Without a target there is no percentage; without a figure it is not known.
    absent = "missing" if line.achieved is None else "not_applicable"
    if line.withheld:
        absent, members = "withheld", CellMembers(notes=reason)
    row.put(columns.percentage, line.percentage, absent=absent, **members)
    give_counts(row, columns.units, line, say)


def _part_name(line: IndicatorRow, say: Speaker) -> str:
    """`w tym kobiety`: prefix the name of a part, unless it begins with the words already."""
    if not line.level or line.name.startswith(("w tym", "of which")):
        return line.name
    return say(f"w tym {line.name}", f"of which {line.name}")


INDICATORS = Dashboard(
    key="indicators",
    title=Bilingual("Postęp rzeczowy – osiągnięte wskaźniki", "Physical progress – indicators achieved"),
    filters=(AS_OF, KNOWN_AT, MEASURE, TERRITORY),
    sections=(
        Section("indicators", Bilingual("Wskaźniki monitorowania", "Monitoring indicators"), INDICATOR_REPORT, present),
    ),
)
