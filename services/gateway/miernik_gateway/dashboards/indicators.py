"""The dashboard of the indicators: slides "Postęp rzeczowy – osiągnięte wskaźniki" of the office's presentations.

A row reads: Liczba klientów …, którzy zakończyli udział w projektach | 9 800 | 10 000 | 7 009 | 70,09%.
"""

from miernik_gateway.dashboards.catalogue.description import ByState, Column, Dashboard, Grouping, Rows, Section, Words
from miernik_gateway.dashboards.catalogue.filters import AS_OF, KNOWN_AT, MEASURE, TERRITORY
from miernik_gateway.dashboards.programme import MISSING_IS_NOT_ZERO

_NAME = Column(
    key="name",
    title=Words("Nazwa wskaźnika", "Indicator"),
    meaning=Words("Nazwa wskaźnika obowiązująca w pokazanym dniu", "The indicator's name in force on the day shown"),
    kind="text",
    field="name",
)
_ORIGINAL = Column(
    key="original_target",
    title=Words("pierwotna wartość wskaźnika", "original target"),
    meaning=Words("Wartość docelowa przyjęta na początku", "The target set at the beginning"),
    kind="target",
    field="original_target",
)
_REVISED = Column(
    key="revised_target",
    title=Words("Nowa wartość", "new target"),
    meaning=Words("Ostatnia zmieniona wartość docelowa i jej stan", "The last revised target and its status"),
    kind="target",
    field="revised_target",
    title_by=ByState(
        "revised_target.status",
        {
            "proposed": Words("Nowa wartość (proponowana)", "new target (proposed)"),
            "approved": Words("Nowa wartość (zatwierdzona)", "new target (approved)"),
        },
    ),
    optional=True,
    absent="not_applicable",
)
_ACHIEVED = Column(
    key="achieved",
    title=Words("wykonanie na dzień {day}", "achieved as of {day}"),
    meaning=Words(
        "Wartość osiągnięta według przyjętych sprawozdań", "The value achieved according to accepted returns"
    ),
    kind="number",
    field="achieved",
    observed=True,
)
_PERCENTAGE = Column(
    key="percentage",
    title=Words("% wykonania", "% achieved"),
    meaning=Words(
        "Wykonanie w procentach wartości docelowej podanej przy liczbie", "Achieved in % of the target named"
    ),
    kind="percent",
    field="percentage",
    unit=Words("%", "%"),
    title_by=ByState(
        "percentage_base",
        {
            "original": Words("% wykonania pierwotnej wartości", "% of the original target"),
            "proposed": Words("% wykonania nowej wartości (proponowanej)", "% of the new target (proposed)"),
            "approved": Words("% wykonania nowej wartości (zatwierdzonej)", "% of the new target (approved)"),
        },
    ),
    base_by=ByState(
        "percentage_base",
        {
            "original": Words("pierwotnej wartości", "the original target"),
            "proposed": Words("nowej wartości (proponowanej)", "the new target (proposed)"),
            "approved": Words("nowej wartości (zatwierdzonej)", "the new target (approved)"),
        },
    ),
    observed=True,
    absent="not_applicable",
    share_of="achieved",
)

INDICATORS = Dashboard(
    key="indicators",
    title=Words("Postęp rzeczowy – osiągnięte wskaźniki", "Physical progress – indicators achieved"),
    filters=(AS_OF, KNOWN_AT, MEASURE, TERRITORY),
    sections=(
        Section(
            key="indicators",
            title=Words("Wskaźniki monitorowania", "Monitoring indicators"),
            service="indicators",
            report="/v1/reports/indicators",
            families=("observations:{voivodeship}", "definitions", "forms", "units", "register"),
            columns=(_NAME, _ORIGINAL, _REVISED, _ACHIEVED, _PERCENTAGE),
            rows=Rows(
                key=("indicator", "breakdown"),
                name="name",
                of_which=Words("w tym {name}", "of which {name}"),
                level="level",
            ),
            grouping=Grouping(
                ("measure",),
                Words("Wskaźniki monitorowania Działania {group}", "Monitoring indicators of Measure {group}"),
            ),
            notes=(MISSING_IS_NOT_ZERO,),
        ),
    ),
)
