"""Dashboard of financial progress: slide "Postęp finansowy – wartości kumulatywne".

A row reads: Poddziałanie 7.2.1 | 99 | 19 | 62 735 118,57 zł | 11 482 316,68 zł | 75,01%.
The percentage is that of the whole measure 7.2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block, Dashboard, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, KNOWN_AT, MEASURE, OFFICE, Filter
from miernik_gateway.dashboards.compose import value_text
from miernik_gateway.dashboards.compose.blocks import Note
from miernik_gateway.dashboards.compose.body import DetailBody
from miernik_gateway.dashboards.compose.cells import Absent
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.kinds import CellMembers, money_detail
from miernik_gateway.dashboards.compose.table import Row, Table
from miernik_gateway.dashboards.fetch.contracting_report import (
    CONTRACTING_REPORT,
    ContractingReport,
    ContractingRow,
    Rate,
    Share,
)
from miernik_gateway.dashboards.programme_tables import (
    MISSING_IS_NOT_ZERO,
    OfficeRows,
    add_node_column,
    row_name,
    rows_by_office,
)
from miernik_shared.formats import display

TITLE = Bilingual("Postęp finansowy – wartości kumulatywne", "Financial progress – cumulative values")
RATE_SOURCE = Filter(
    "rate_source",
    Bilingual("Źródło kursu euro", "Source of the euro rate"),
    Bilingual(
        "Po jakim kursie przeliczyć alokację; domyślnie po kursie zapisanym przy alokacji",
        "The rate by which the allocation is converted; by default that named with the allocation",
    ),
    values={
        "nbp_a": Bilingual("NBP, tabela A", "National Bank of Poland, table A"),
        "ec_monthly": Bilingual("Komisja Europejska, kurs miesięczny", "European Commission, monthly rate"),
        "programming": Bilingual("kurs przyjęty do programowania", "rate adopted for programming"),
        "office": Bilingual("kurs ogłoszony przez urząd", "rate declared by the office"),
    },
)
RATE_ON = Filter(
    "rate_on",
    Bilingual("Kurs z dnia", "Rate as of"),
    Bilingual("Dzień kursu; domyślnie pokazany dzień", "Day of the rate; by default the day shown"),
    others_allowed=True,
)
_SIGNED = (
    Bilingual("podpisane umowy", "agreements signed"),
    Bilingual("Umowy w mocy, z ostatnim aneksem", "Agreements in force, with their latest amendment"),
)
_RECOMMENDED = (
    Bilingual("wnioski rekomendowane", "applications recommended"),
    Bilingual("Przyjęte do realizacji, jeszcze bez umowy", "Accepted for implementation, not yet signed"),
)


def present(report: ContractingReport, say: Speaker) -> Sequence[Block]:
    """Return one table per office."""
    offices = rows_by_office(report.rows, report.headings, say)
    return [*(_office_table(office, report, say) for office in offices), Note(say(*MISSING_IS_NOT_ZERO))]


def _office_table(office: OfficeRows[ContractingRow], report: ContractingReport, say: Speaker) -> Table:
    table = Table(office.office, office.title, say)
    columns = _add_columns(table, say)
    _add_rate_note(columns.share, office.office, report, say)
    for source in report.sources:
        if source.office == office.office and source.column == columns.share.key:
            columns.share.source(source.text, source.date)
    for note in report.notes:
        if note.office == office.office:
            table.note(note.text)
    differing_rates = _rates_differ(office.rows)
    several_programmes = any(line.kind == "programme_total" for line in office.rows)
    for lines in _by_measure(office.rows):
        rows = [_add_row(table, columns, line, say) for line in lines]
        absent = "not_applicable" if several_programmes and lines[0].kind == "total" else "missing"
        _add_share(table, columns.share, rows, lines[0], say, name_rates=differing_rates, absent=absent)
    return table


@dataclass(frozen=True, slots=True)
class _Columns:
    name: Column[str]
    signed_number: Column[int]
    recommended_number: Column[int]
    signed_value: Column[Decimal]
    recommended_value: Column[Decimal]
    share: Column[Decimal]


def _add_columns(table: Table, say: Speaker) -> _Columns:
    """Add the columns.

    Figures of agreements are known or missing; those of recommended applications may also be not applicable.
    """
    name = add_node_column(table, say)
    number = table.group(
        "number",
        say(
            "Liczba podpisanych umów o dofinansowanie + wnioski rekomendowane do podpisania umowy o dofinansowanie",
            "Number of grant agreements signed + applications recommended for signing",
        ),
    )
    value = table.group(
        "value",
        say(
            "Wartość podpisanych umów o dofinansowanie + wartość wniosków rekomendowanych do podpisania umowy o "
            "dofinansowanie",
            "Value of grant agreements signed + value of applications recommended for signing",
        ),
    )
    signed, recommended = [[say(*text) for text in texts] for texts in (_SIGNED, _RECOMMENDED)]
    zloty = say("zł", "PLN")
    return _Columns(
        name,
        number.count("signed_number", *signed, observed=True),
        number.count("recommended_number", *recommended, observed=True, absent="not_applicable"),
        value.money("signed_value", *signed, observed=True, unit=zloty),
        value.money("recommended_value", *recommended, observed=True, absent="not_applicable", unit=zloty),
        table.percent(
            "percentage",
            say("% kontraktacji na Działanie", "% of the measure's allocation contracted"),
            say(
                "Umowy i wnioski rekomendowane w procentach alokacji Działania przeliczonej po podanym kursie",
                "Agreements and recommended applications in % of the measure's allocation at the rate named",
            ),
            observed=True,
            unit="%",
        ),
    )


def _add_row(table: Table, columns: _Columns, line: ContractingRow, say: Speaker) -> Row:
    prefix = line.kind if line.kind == "programme_total" else None
    key = "/".join(filter(None, (prefix, line.code, line.agreement_kind))) or line.kind
    row = table.row(key, proof=line.proof, complete=line.complete, kind=line.kind, title=line.name)
    name = row_name(line, say)
    if line.agreement_kind == "framework":
        name = f"{name or line.code} {say('(umowy ramowe)', '(framework agreements)')}"
    row.put(columns.name, line.code, display=name)
    signed, recommended = line.signed, line.recommended
    row[columns.signed_number] = signed.number
    row[columns.signed_value] = signed.value_pln
    row.put(columns.recommended_number, recommended.number, proof=recommended.proof)
    row.put(columns.recommended_value, recommended.value_pln, proof=recommended.proof)
    return row


def _add_share(
    table: Table,
    column: Column[Decimal],
    rows: Sequence[Row],
    line: ContractingRow,
    say: Speaker,
    *,
    name_rates: bool,
    absent: Absent,
) -> None:
    """Add the share of a measure, once for all its rows."""
    members = CellMembers()
    if line.share and (details := _share_details(line.share, say)):
        members["details"] = details
    if name_rates:
        members["notes"] = [_rate_text(rate, say) for rate in line.rates]
    table.span(column, rows, line.share.percentage if line.share else None, absent=absent, **members)


def _share_details(share: Share, say: Speaker) -> list[DetailBody]:
    amounts = (
        ("contracted", say("Zakontraktowano", "Contracted"), share.contracted_pln, "PLN"),
        ("allocation", say("Alokacja", "Allocation"), share.allocation_eur, "EUR"),
        ("allocation_pln", say("Alokacja w złotych", "Allocation in złote"), share.allocation_pln, "PLN"),
    )
    return [
        money_detail(key, title, amount, currency, say.language)
        for key, title, amount, currency in amounts
        if amount is not None
    ]


def _by_measure(lines: Iterable[ContractingRow]) -> list[list[ContractingRow]]:
    """Group neighbouring rows of the same measure; a row without a measure forms a group of its own."""
    found: list[list[ContractingRow]] = []
    for line in lines:
        if found and line.measure is not None and line.measure == found[-1][-1].measure:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _rates_differ(lines: Iterable[ContractingRow]) -> bool:
    """Whether the shares of a table are computed by several rates, so that each share must name its rate."""
    rates = [rate for line in lines for rate in line.rates]
    return any(rate != rates[0] for rate in rates)


def _add_rate_note(column: Column[Decimal], office: str, report: ContractingReport, say: Speaker) -> None:
    """Add the rate as a note to the column if the office uses only one."""
    rates = [report.rate] if report.rate else report.rates
    used = [rate for rate in rates if office in (rate.offices or [office])]
    if len(used) == 1:
        column.note(_rate_text(used[0], say), mark="*")


def _rate_text(rate: Rate, say: Speaker) -> str:
    value, language = value_text.rate(rate.rate, say.language), say.language
    match rate.source:
        case "ec_monthly" | "office":
            month = value_text.month(rate.effective_on, language)
            return say(
                f"Dane obliczone po kursie Euro {value} zł wg stanu na miesiąc {month}",
                f"Computed at the euro rate of {value} PLN as of {month}",
            )
        case "nbp_a":
            table, day = rate.table_no or display.MISSING[language], display.day(rate.effective_on, language)
            return say(
                f"Dane obliczone po kursie Euro {value} zł (NBP, tabela nr {table} z dnia {day})",
                f"Computed at the euro rate of {value} PLN (National Bank of Poland, table {table} of {day})",
            )
        case "programming":
            return say(
                f"Dane obliczone po kursie Euro {value} zł przyjętym do programowania",
                f"Computed at the euro rate of {value} PLN adopted for programming",
            )
        case _:
            return say(f"Dane obliczone po kursie Euro {value} zł", f"Computed at the euro rate of {value} PLN")


CONTRACTING = Dashboard(
    key="contracting",
    title=TITLE,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE, RATE_SOURCE, RATE_ON),
    sections=(Section("contracting", TITLE, CONTRACTING_REPORT, present),),
)
