"""The dashboard of the money promised: slide "Postęp finansowy – wartości kumulatywne".

A row reads: Poddziałanie 7.2.1 | 99 | 19 | 62 735 118,57 zł | 11 482 316,68 zł | 75,01%, the last for all of 7.2.
"""

from miernik_gateway.dashboards.catalogue.description import (
    ByState,
    Column,
    ColumnGroup,
    Dashboard,
    Detail,
    Filter,
    Note,
    Rows,
    Section,
    Value,
    Words,
)
from miernik_gateway.dashboards.catalogue.filters import AS_OF, KNOWN_AT, MEASURE, OFFICE
from miernik_gateway.dashboards.pipeline import NODE
from miernik_gateway.dashboards.programme import BY_OFFICE, MISSING_IS_NOT_ZERO

TITLE = Words("Postęp finansowy – wartości kumulatywne", "Financial progress – cumulative values")
RATE_SOURCE = Filter(
    "rate_source",
    Words("Źródło kursu euro", "Source of the euro rate"),
    Words(
        "Po jakim kursie przeliczyć alokację; domyślnie po kursie zapisanym przy alokacji",
        "The rate by which the allocation is converted; by default that named with the allocation",
    ),
    words={
        "nbp_a": Words("NBP, tabela A", "National Bank of Poland, table A"),
        "ec_monthly": Words("Komisja Europejska, kurs miesięczny", "European Commission, monthly rate"),
        "programming": Words("kurs przyjęty do programowania", "rate adopted for programming"),
        "office": Words("kurs ogłoszony przez urząd", "rate declared by the office"),
    },
)
RATE_ON = Filter(
    "rate_on",
    Words("Kurs z dnia", "Rate as of"),
    Words("Dzień kursu; domyślnie pokazany dzień", "Day of the rate; by default the day shown"),
    open=True,
)
_PERCENTAGE = "percentage"
_NUMBERS = ColumnGroup(
    "number",
    Words(
        "Liczba podpisanych umów o dofinansowanie + wnioski rekomendowane do podpisania umowy o dofinansowanie",
        "Number of grant agreements signed + applications recommended for signing",
    ),
)
_VALUES = ColumnGroup(
    "value",
    Words(
        "Wartość podpisanych umów o dofinansowanie + wartość wniosków rekomendowanych do podpisania umowy o "
        "dofinansowanie",
        "Value of grant agreements signed + value of applications recommended for signing",
    ),
)


def _of(what: str, title: Words, meaning: Words, group: ColumnGroup) -> Column:
    """One of a pair: of what is signed it is known or missing; where nothing can be recommended, there is none."""
    return Column(
        key=f"{what}_{group.key}",
        title=title,
        meaning=meaning,
        kind="count" if group is _NUMBERS else "money",
        field=f"{what}.{'number' if group is _NUMBERS else 'value_pln'}",
        unit=None if group is _NUMBERS else Words("zł", "PLN"),
        group=group.key,
        observed=True,
        absent="missing" if what == "signed" else "not_applicable",
        proof=None if what == "signed" else "recommended.proof",
    )


def _pair(group: ColumnGroup) -> tuple[Column, Column]:
    signed = _of(
        "signed",
        Words("podpisane umowy", "agreements signed"),
        Words("Umowy w mocy, z ostatnim aneksem", "Agreements in force, with their latest amendment"),
        group,
    )
    recommended = _of(
        "recommended",
        Words("wnioski rekomendowane", "applications recommended"),
        Words("Przyjęte do realizacji, jeszcze bez umowy", "Accepted for implementation, not yet signed"),
        group,
    )
    return signed, recommended


_MONTHLY = Words(
    "Dane obliczone po kursie Euro {rate} zł wg stanu na miesiąc {month}",
    "Computed at the euro rate of {rate} PLN as of {month}",
)
_AT_RATE = Words("Dane obliczone po kursie Euro {rate} zł", "Computed at the euro rate of {rate} PLN")
_BY_SOURCE = ByState(
    "source",
    {
        "ec_monthly": _MONTHLY,
        "office": _MONTHLY,
        "nbp_a": Words(
            "Dane obliczone po kursie Euro {rate} zł (NBP, tabela nr {table} z dnia {day})",
            "Computed at the euro rate of {rate} PLN (National Bank of Poland, table {table} of {day})",
        ),
        "programming": Words(
            "Dane obliczone po kursie Euro {rate} zł przyjętym do programowania",
            "Computed at the euro rate of {rate} PLN adopted for programming",
        ),
    },
)
_RATE_VALUES = {
    "rate": Value("rate", "rate"),
    "month": Value("effective_on", "month"),
    "table": Value("table_no"),
    "day": Value("effective_on", "date"),
}


def _at_rate(each: str, *, mark: str | None = None) -> Note:
    """By which rate shares are computed: at the column where it is one, else each cell says its own."""
    return Note(
        _AT_RATE, at=_PERCENTAGE, each=each, text_by=_BY_SOURCE, values=_RATE_VALUES, mark=mark, alone=mark is not None
    )


_SHARE = Column(
    key=_PERCENTAGE,
    title=Words("% kontraktacji na Działanie", "% of the measure's allocation contracted"),
    meaning=Words(
        "Umowy i wnioski rekomendowane w procentach alokacji Działania przeliczonej po podanym kursie",
        "Agreements and recommended applications in % of the measure's allocation at the rate named",
    ),
    kind="percent",
    field="share.percentage",
    unit=Words("%", "%"),
    observed=True,
    span_by="measure",
    notes=(_at_rate("rates"),),
    details=(
        Detail("contracted", Words("Zakontraktowano", "Contracted"), "share.contracted_pln"),
        Detail("allocation", Words("Alokacja", "Allocation"), "share.allocation_eur", currency="EUR"),
        Detail("allocation_pln", Words("Alokacja w złotych", "Allocation in złote"), "share.allocation_pln"),
    ),
)
CONTRACTING = Dashboard(
    key="contracting",
    title=TITLE,
    filters=(AS_OF, KNOWN_AT, OFFICE, MEASURE, RATE_SOURCE, RATE_ON),
    sections=(
        Section(
            key="contracting",
            title=TITLE,
            service="contracts",
            report="/v1/reports/contracting",
            families=("programme", "allocations", "rates", "agreements:{office}", "recommended:{office}"),
            columns=(
                Column(
                    key=NODE.key,
                    title=NODE.title,
                    meaning=NODE.meaning,
                    kind="text",
                    field="code",
                    words_by=NODE.words_by,
                    suffix_by=ByState(
                        "agreement_kind", {"framework": Words(" (umowy ramowe)", " (framework agreements)")}
                    ),
                ),
                *_pair(_NUMBERS),
                *_pair(_VALUES),
                _SHARE,
            ),
            column_groups=(_NUMBERS, _VALUES),
            rows=Rows(key=("code", "agreement_kind"), name="name", kind="kind", title="name"),
            grouping=BY_OFFICE,
            notes=(
                _at_rate("rate", mark="*"),
                _at_rate("rates", mark="*"),
                Note(Words("{text}", "{text}"), at="table", each="notes", values={"text": Value("text")}),
                MISSING_IS_NOT_ZERO,
            ),
        ),
    ),
)
