"""Counts of units behind figures made of returns, as text: `68 z 68 jednostek`, and what is missing in a section."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from miernik_gateway.dashboards.catalogue.bilingual import Speaker
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.kinds import CellMembers
from miernik_gateway.dashboards.compose.table import Row
from miernik_gateway.dashboards.fetch.indicator_report import IndicatorRow
from miernik_shared.formats import display
from miernik_shared.formats.plurals import plural_en, plural_pl
from miernik_shared.values.period import Period

_GAVE = ("złożyła", "złożyły", "złożyło")


def build_counts_title(rows: Iterable[IndicatorRow], say: Speaker) -> str:
    """Title of the column of counts. Names the newest period if it is the same in all rows."""
    periods = {row.period for row in rows if row.period is not None}
    if len(periods) != 1:
        return say("sprawozdania za ostatni okres", "returns for the newest period")
    shown = _show_period(periods.pop(), say)
    return say(f"sprawozdania za {shown}", f"returns for {shown}")


def give_counts(row: Row, column: Column[str], line: IndicatorRow, say: Speaker) -> None:
    """Set the cell of the counts. Without a period nothing is owed; without a list it is not known by whom."""
    if line.period is None:
        row.put(column, None, absent="not_applicable")
    elif line.owing is None:
        row.put(column, None, **CellMembers(notes=[_describe_missing_list(line.period, say)]))
    else:
        value = f"{line.given_for_period}/{line.owing}"
        row.put(column, value, display=describe_counts(line.given_for_period, line.owing, say))


def describe_counts(given: int, owing: int, say: Speaker) -> str:
    """`68 z 68 jednostek`, `1 z 1 jednostki`; `1 of 144 units`."""
    given_text, owing_text = (display.number(Decimal(number), say.language, 0) for number in (given, owing))
    return say(
        f"{given_text} z {owing_text} {'jednostki' if owing == 1 else 'jednostek'}",
        f"{given_text} of {owing_text} {plural_en(owing, 'unit', 'units')}",
    )


def describe_shortfalls(rows: Sequence[IndicatorRow], say: Speaker) -> list[str]:
    """Sentences on what incomplete figures lack, each with the measures that it concerns, without repetition."""
    measures: dict[str, dict[str, None]] = {}
    for line in _least_given(rows):
        measures.setdefault(_describe_shortfall(line, say), {})[line.measure] = None
    return [f"{_name_measures(list(found), say)}: {sentence}" for sentence, found in measures.items()]


def _name_measures(measures: Sequence[str], say: Speaker) -> str:
    named = ", ".join(measures)
    if len(measures) == 1:
        return say(f"Działanie {named}", f"Measure {named}")
    return say(f"Działania {named}", f"Measures {named}")


def _least_given(rows: Sequence[IndicatorRow]) -> list[IndicatorRow]:
    """Incomplete row with the fewest units of each measure and period. A row whose form has no period lacks nothing."""
    least: dict[tuple[str, str], IndicatorRow] = {}
    for line in rows:
        if line.complete or line.period is None:
            continue
        key = (line.measure, line.period)
        if key not in least or line.given_for_period < least[key].given_for_period:
            least[key] = line
    return list(least.values())


def _describe_shortfall(line: IndicatorRow, say: Speaker) -> str:
    period = _show_period(line.period or "", say)
    if line.owing is None:
        return _describe_missing_list(line.period or "", say)
    counts = describe_counts(line.given_for_period, line.owing, say)
    if line.given_for_period < line.owing:
        return say(
            f"sprawozdania za {period} {plural_pl(line.given_for_period, *_GAVE)} {counts}; wartości są niepełne.",
            f"returns for {period} were given by {counts}; the values are incomplete.",
        )
    if line.missing:
        return say(
            "część jednostek zgłosiła brak danych; wartości są niepełne.",
            "some units declared that they have no data; the values are incomplete.",
        )
    return say(
        "brakuje sprawozdań za wcześniejsze okresy; wartości są niepełne.",
        "returns for earlier periods are missing; the values are incomplete.",
    )


def _describe_missing_list(period: str, say: Speaker) -> str:
    shown = _show_period(period, say)
    return say(
        f"nie zapisano wykazu jednostek, które składają sprawozdanie za {shown}; nie wiadomo, czy wartości są pełne.",
        f"no list of the units that owe a return for {shown} was entered; whether the values are complete is unknown.",
    )


def _show_period(text: str, say: Speaker) -> str:
    return Period.parse(text).display(say.language)
