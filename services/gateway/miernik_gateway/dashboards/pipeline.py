"""Dashboard of the applications: slide "Proces aplikowania o środki – wartości kumulatywne".

A row reads: Poddziałanie 7.2.1 | 612 | 486 214 377,82 zł | 431 | 351 907 264,19 zł | 118 | 74 217 435,25 zł.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block, Dashboard, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, KNOWN_AT, MEASURE, OFFICE
from miernik_gateway.dashboards.compose.blocks import Note
from miernik_gateway.dashboards.compose.headers import Column, ColumnGroup
from miernik_gateway.dashboards.compose.kinds import CellMembers
from miernik_gateway.dashboards.compose.table import Row, Table
from miernik_gateway.dashboards.fetch.pipeline_report import (
    PIPELINE_REPORT,
    PipelineFinding,
    PipelineReport,
    PipelineRow,
    StageFigures,
)
from miernik_gateway.dashboards.programme_tables import (
    MISSING_IS_NOT_ZERO,
    OfficeRows,
    add_node_column,
    row_name,
    rows_by_office,
)
from miernik_shared.formats import display

_MOST_NAMED = 10
TITLE = Bilingual("Proces aplikowania o środki – wartości kumulatywne", "Applying for funds – cumulative values")
Findings = Mapping[tuple[str | None, str], list[str]]
"""Sentences about anomalies by node and stage."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """Stage of the applications: key and title of its column group, and its figures in a row."""

    key: str
    title: Bilingual
    figures: Callable[[PipelineRow], StageFigures]


_STAGES = (
    _Stage(
        "submitted",
        Bilingual(
            "Wnioski ZŁOŻONE w odpowiedzi na konkurs/nabór systemowy",
            "Applications SUBMITTED in answer to a call or a systemic intake",
        ),
        lambda row: row.submitted,
    ),
    _Stage(
        "formally_positive",
        Bilingual("Wnioski z POZYTYWNYM wynikiem oceny formalnej", "Applications with a POSITIVE formal assessment"),
        lambda row: row.formally_positive,
    ),
    _Stage(
        "accepted",
        Bilingual("Wnioski PRZYJĘTE DO REALIZACJI", "Applications ACCEPTED for implementation"),
        lambda row: row.accepted,
    ),
)


def present(report: PipelineReport, say: Speaker) -> Sequence[Block]:
    """Return one table per office."""
    offices = rows_by_office(report.rows, report.headings, say)
    return [*(_office_table(office, report, say) for office in offices), Note(say(*MISSING_IS_NOT_ZERO))]


def _office_table(office: OfficeRows[PipelineRow], report: PipelineReport, say: Speaker) -> Table:
    table = Table(office.office, office.title, say)
    name = add_node_column(table, say)
    rows = [(line, _add_row(table, name, line, say)) for line in office.rows]
    findings = _findings(report, office.office, say)
    for stage in _STAGES:
        group = table.group(stage.key, say(*stage.title))
        _add_sources(group, office.office, report, say)
        _fill_stage(stage, group, rows, findings, say)
    return table


def _add_row(table: Table, name: Column[str], line: PipelineRow, say: Speaker) -> Row:
    key = line.code or line.kind
    row = table.row(key, proof=line.proof, complete=line.complete, kind=line.kind, title=line.name)
    row.put(name, line.code, display=row_name(line, say))
    return row


def _fill_stage(
    stage: _Stage, group: ColumnGroup, rows: Sequence[tuple[PipelineRow, Row]], findings: Findings, say: Speaker
) -> None:
    """Add number and value of the applications that reached the stage."""
    number = group.count(
        f"{stage.key}_number",
        say("Liczba wniosków", "Number of applications"),
        say(
            "Wnioski, które doszły do tego etapu od początku programu",
            "Applications that have reached this stage since the programme began",
        ),
        observed=True,
    )
    value = group.money(
        f"{stage.key}_value",
        say("Wartość wniosków o dofinansowanie", "Value of the applications"),
        say("Suma wartości wniosków na tym etapie", "Sum of the applications' values at this stage"),
        unit=say("zł", "PLN"),
        whole_bare=True,
        observed=True,
    )
    for line, row in rows:
        figures = stage.figures(line)
        row.put(number, figures.number, proof=figures.proof)
        members = CellMembers(proof=figures.proof)
        if line.kind != "total" and (sentences := findings.get((line.node_id, stage.key))):
            members["notes"] = sentences
        row.put(value, figures.value_pln, **members)


def _add_sources(group: ColumnGroup, office: str, report: PipelineReport, say: Speaker) -> None:
    for source in report.sources:
        if source.office == office and source.column == group.key:
            day = display.day(source.date, say.language)
            text = say(f"{source.text} według stanu na dzień {day}", f"{source.text}, as of {day}")
            group.source(text, source.date, mark="*")


def _findings(report: PipelineReport, office: str, say: Speaker) -> Findings:
    found: dict[tuple[str | None, str], list[str]] = {}
    for one in report.findings:
        if one.office == office and one.code == "value_above_earlier_stage":
            found.setdefault((one.node, one.stage), []).append(_finding_text(one, say))
    return found


def _finding_text(finding: PipelineFinding, say: Speaker) -> str:
    names = [one.number for one in finding.applications[:_MOST_NAMED]]
    listed = ", ".join([*names, "…"] if finding.count > len(names) else names)
    return say(
        f"Wartość wyższa niż na wcześniejszym etapie; wnioski (razem {finding.count}): {listed}",
        f"Value above that of an earlier stage; applications ({finding.count} in all): {listed}",
    )


PIPELINE = Dashboard(
    key="pipeline",
    title=TITLE,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE),
    sections=(Section("pipeline", TITLE, PIPELINE_REPORT, present),),
)
