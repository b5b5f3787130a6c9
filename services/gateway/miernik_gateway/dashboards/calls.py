"""The dashboard of the calls for proposals: slides "Konkursy w 2011 r."

A row reads: Drugi konkurs zamknięty | (ogólny) | 12 sierpnia 2011 r. | 14 618 532,07 zł | 108 | 92 406 118,61 zł
| grudzień 2011/styczeń 2012.
"""

from miernik_gateway.dashboards.catalogue.description import (
    ByState,
    Column,
    Dashboard,
    Grouping,
    Note,
    Rows,
    Section,
    Value,
    Words,
)
from miernik_gateway.dashboards.catalogue.filters import AS_OF, KNOWN_AT, MEASURE, OFFICE, YEAR
from miernik_gateway.dashboards.programme import MISSING_IS_NOT_ZERO, NAMED_BY_LEVEL, UNASSIGNED

TITLE = Words("Konkursy w {year} r.", "Calls of {year}")
_OF_ALL_YEARS = Words("Konkursy", "Calls")
_TITLED_BY_LEVEL = {
    level: Words(f"{words.pl} {{node_name}}", f"{words.en} {{node_name}}")
    for level, words in NAMED_BY_LEVEL.words.items()
}
_COLUMNS = (
    Column(
        key="title",
        title=Words("Konkurs", "Call"),
        meaning=Words("Nazwa konkursu", "Name of the call"),
        kind="text",
        field="title",
    ),
    Column(
        key="theme",
        title=Words("TEMAT", "THEME"),
        meaning=Words("Czego dotyczy konkurs", "What the call is about"),
        kind="text",
        field="theme",
        optional=True,
        absent="not_applicable",
    ),
    Column(
        key="project_type",
        title=Words("TYP PROJEKTU", "TYPE OF PROJECT"),
        meaning=Words("Jakich projektów dotyczy konkurs", "What projects the call asks for"),
        kind="text",
        field="project_type",
        optional=True,
        absent="not_applicable",
    ),
    Column(
        key="number",
        title=Words("Numer konkursu", "Number of the call"),
        meaning=Words("Numer tak, jak zapisuje go instytucja", "The number as the institution writes it"),
        kind="text",
        field="number",
        optional=True,
        absent="not_applicable",
    ),
    Column(
        key="kind",
        title=Words("Tryb", "Kind"),
        meaning=Words("Konkurs zamknięty, otwarty albo nabór systemowy", "A closed or open call, or a systemic intake"),
        kind="text",
        field="kind",
        words_by=(
            ByState(
                "kind",
                {
                    "closed": Words("konkurs zamknięty", "closed call"),
                    "open": Words("konkurs otwarty", "open call"),
                    "systemic": Words("nabór systemowy", "systemic intake"),
                },
            ),
        ),
    ),
    Column(
        key="closes_on",
        title=Words("Nabór zakończony dnia", "Closed on"),
        meaning=Words("Ostatni dzień składania wniosków", "Last day for applications"),
        kind="date",
        field="closes_on",
    ),
    Column(
        key="budget",
        title=Words("Alokacja", "Allocation"),
        meaning=Words("Kwota przeznaczona na konkurs", "Money set aside for the call"),
        kind="money",
        field="budget_pln",
        unit=Words("zł", "PLN"),
        whole_bare=True,
    ),
    Column(
        key="applications_number",
        title=Words("Liczba złożonych wniosków", "Applications submitted"),
        meaning=Words("Wnioski złożone do pokazanego dnia", "Applications submitted up to the day shown"),
        kind="count",
        field="applications.number",
    ),
    Column(
        key="applications_value",
        title=Words("na kwotę", "amounting to"),
        meaning=Words("Suma wartości złożonych wniosków", "Sum of the values of the applications submitted"),
        kind="money",
        field="applications.value_pln",
        unit=Words("zł", "PLN"),
        whole_bare=True,
    ),
    Column(
        key="planned_signing",
        title=Words("Planowany termin podpisania umów", "Planned signing of agreements"),
        meaning=Words("Miesiąc lub dwa, w których planuje się podpisać umowy", "The month or months planned"),
        kind="month_range",
        field="planned_signing",
    ),
)
_UNDATED = Note(
    Words(
        "Konkursy województwa {office}, które nie mają żadnej daty i nie należą do żadnego roku: {number}. Pokazuje je "
        "to samo zapytanie bez parametru year.",
        "Calls of the voivodeship {office} that have no date and belong to no year: {number}. The same request without "
        "the parameter year shows them.",
    ),
    each="undated",
    values={"office": Value("office"), "number": Value("number", "count")},
)

CALLS = Dashboard(
    key="calls",
    title=TITLE,
    listed_as=_OF_ALL_YEARS,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE, YEAR),
    sections=(
        Section(
            key="calls",
            title=TITLE,
            service="calls",
            report="/v1/reports/calls",
            families=("programme", "calls", "applications:{office}"),
            columns=_COLUMNS,
            rows=Rows(key=("call_id",), name="title"),
            grouping=Grouping(
                ("office", "code"),
                Words("{code} {node_name}", "{code} {node_name}"),
                title_by=ByState("level", _TITLED_BY_LEVEL),
                untitled=UNASSIGNED,
            ),
            notes=(MISSING_IS_NOT_ZERO, _UNDATED),
            listed_as=_OF_ALL_YEARS,
        ),
    ),
)
