"""The dashboard of the applications: slide "Proces aplikowania o środki – wartości kumulatywne".

A row reads: Poddziałanie 7.2.1 | 612 | 486 214 377,82 zł | 431 | 351 907 264,19 zł | 118 | 74 217 435,25 zł.
"""

from miernik_gateway.dashboards.catalogue.description import (
    ByState,
    CellNote,
    Column,
    ColumnGroup,
    Dashboard,
    Rows,
    Section,
    Words,
)
from miernik_gateway.dashboards.catalogue.filters import AS_OF, KNOWN_AT, MEASURE, OFFICE
from miernik_gateway.dashboards.programme import (
    BY_OFFICE,
    MISSING_IS_NOT_ZERO,
    NAMED_BY_KIND,
    NAMED_BY_LEVEL,
    NAMED_BY_WHAT_HANGS_DIRECTLY,
)

TITLE = Words("Proces aplikowania o środki – wartości kumulatywne", "Applying for funds – cumulative values")
NODE = Column(
    key="name",
    title=Words("Działanie/ Poddziałanie", "Measure/ sub-measure"),
    meaning=Words("Miejsce w drzewie programu", "The place in the programme's tree"),
    kind="text",
    field="code",
    words_by=(NAMED_BY_KIND, NAMED_BY_WHAT_HANGS_DIRECTLY, NAMED_BY_LEVEL),
)
_STAGES = (
    ColumnGroup(
        "submitted",
        Words(
            "Wnioski ZŁOŻONE w odpowiedzi na konkurs/nabór systemowy",
            "Applications SUBMITTED in answer to a call or a systemic intake",
        ),
    ),
    ColumnGroup(
        "formally_positive",
        Words("Wnioski z POZYTYWNYM wynikiem oceny formalnej", "Applications with a POSITIVE formal assessment"),
    ),
    ColumnGroup("accepted", Words("Wnioski PRZYJĘTE DO REALIZACJI", "Applications ACCEPTED for implementation")),
)


def _number_and_value(stage: str) -> tuple[Column, Column]:
    number = Column(
        key=f"{stage}_number",
        title=Words("Liczba wniosków", "Number of applications"),
        meaning=Words(
            "Wnioski, które doszły do tego etapu od początku programu",
            "Applications that have reached this stage since the programme began",
        ),
        kind="count",
        field=f"{stage}.number",
        group=stage,
        observed=True,
        proof=f"{stage}.proof",
    )
    value = Column(
        key=f"{stage}_value",
        title=Words("Wartość wniosków o dofinansowanie", "Value of the applications"),
        meaning=Words("Suma wartości wniosków na tym etapie", "Sum of the applications' values at this stage"),
        kind="money",
        field=f"{stage}.value_pln",
        unit=Words("zł", "PLN"),
        whole_bare=True,
        group=stage,
        observed=True,
        proof=f"{stage}.proof",
    )
    return number, value


PIPELINE = Dashboard(
    key="pipeline",
    title=TITLE,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE),
    sections=(
        Section(
            key="pipeline",
            title=TITLE,
            service="calls",
            report="/v1/reports/pipeline",
            families=("programme", "applications:{office}"),
            columns=(NODE, *(column for stage in _STAGES for column in _number_and_value(stage.key))),
            column_groups=_STAGES,
            rows=Rows(key=("code",), name="name", kind="kind", title="name"),
            grouping=BY_OFFICE,
            source_text=Words("{text} według stanu na dzień {day}", "{text}, as of {day}"),
            source_mark="*",
            notes=(MISSING_IS_NOT_ZERO,),
            cell_notes=(
                CellNote(
                    each="findings",
                    row="node",
                    matches="node_id",
                    column="stage",
                    columns={stage.key: f"{stage.key}_value" for stage in _STAGES},
                    text_by=ByState(
                        "code",
                        {
                            "value_above_earlier_stage": Words(
                                "Wartość wyższa niż na wcześniejszym etapie; wnioski (razem {count}): {listed}",
                                "Value above that of an earlier stage; applications ({count} in all): {listed}",
                            ),
                        },
                    ),
                    listed="applications",
                    member="number",
                ),
            ),
        ),
    ),
)
