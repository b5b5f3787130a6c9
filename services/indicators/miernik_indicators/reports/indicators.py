"""Report of physical progress (postęp rzeczowy).

Reproduces the tables "Postęp rzeczowy – osiągnięte wskaźniki" of the half-yearly deck (slides 7-9). An example row::

    7.1 | Liczba klientów instytucji pomocy społecznej objętych kontraktami … | original 7500 | proposed 8000
        | achieved 5669 | 70.86 % of the proposed target
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from miernik_indicators.reports.contributions import OthersQuery
from miernik_indicators.reports.counts import CountQuery, PeriodCounts, ReturnCounts, SeriesCollection, read_counts
from miernik_indicators.reports.definitions import (
    Targets,
    find_definitions_in_force,
    find_targets_in_force,
    list_breakdown_numbers,
)
from miernik_indicators.reports.disclosure import Withheld, find_withheld_figures
from miernik_indicators.reports.figures import Figure, Figures, read_current_figures, read_past_figures
from miernik_indicators.reports.schemas import IndicatorReport, IndicatorRow, ReportSource, SourcePeriod, TargetCell
from miernik_indicators.reports.territory import TerritoryFilter, read_territory
from miernik_shared.database import AnyRow
from miernik_shared.formats import display
from miernik_shared.formats.plurals import plural_pl
from miernik_shared.values.percentage import percentage
from miernik_shared.values.period import Period
from miernik_shared.web.proofs import build_proof_url
from miernik_shared.web.unit_of_work import UnitOfWork

_NO_FIGURE = Figure(None, 0, 0, None)
_NO_TARGETS = Targets()
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Parameters of the report; ``None`` means all measures, the home voivodeship."""

    as_of: date
    measure: str | None
    territory: str | None


@dataclass(frozen=True, slots=True)
class _ReportData:
    """Data of the rows besides the definitions: targets, figures, counts, what is withheld, the keys of parts."""

    work: UnitOfWork
    as_of: date
    territory: TerritoryFilter
    targets: Mapping[tuple[int, str], Targets]
    breakdowns: Mapping[str, int]
    figures: Figures
    counts: ReturnCounts
    withheld: Withheld


async def build_indicator_report(work: UnitOfWork, query: ReportQuery) -> IndicatorReport:
    """Build the report.

    Raises 422 for an unknown territory or measure, 403 for a gmina of another caller.
    """
    position = work.read_position
    territory = await read_territory(work, query.territory, query.as_of)
    definitions = await find_definitions_in_force(work.connection, query.as_of, position, query.measure)
    series = [definition.series_no for definition in definitions]
    data = _ReportData(
        work=work,
        as_of=query.as_of,
        territory=territory,
        targets=await find_targets_in_force(work.connection, series, query.as_of, position),
        breakdowns=await list_breakdown_numbers(work.connection),
        figures=await _read_figures(work, query, territory, series),
        counts=await _read_counts(work, query, territory, definitions),
        withheld=await find_withheld_figures(work, OthersQuery(series, territory, query.as_of, work.caller.units)),
    )
    rows = [
        _build_row(data, definition, part)
        for definition in definitions
        for part in [{"code": "", "name": definition.name}, *definition.parts]
    ]
    return IndicatorReport(
        as_of=query.as_of,
        known_at=work.requested_known_at,
        position=position,
        territory=territory.label,
        rows=rows,
        sources=list(_list_sources(definitions, rows, data.counts)),
    )


async def _read_figures(work: UnitOfWork, query: ReportQuery, territory: TerritoryFilter, series: list[int]) -> Figures:
    if work.known_position is None and territory.units is None:
        return await read_current_figures(work.connection, series, territory, query.as_of)
    return await read_past_figures(work.connection, series, territory, query.as_of, work.read_position)


async def _read_counts(
    work: UnitOfWork, query: ReportQuery, territory: TerritoryFilter, definitions: list[AnyRow]
) -> ReturnCounts:
    collections = [one for definition in definitions if (one := _find_collection(definition))]
    past = work.known_position is not None
    wanted = CountQuery(collections, territory, query.as_of, work.read_position, past)
    return await read_counts(work.connection, wanted)


def _find_collection(definition: AnyRow) -> SeriesCollection | None:
    """Form and first day of the series; ``None`` while no form collects the indicator."""
    if definition.form_no is None:
        return None
    return SeriesCollection(definition.series_no, definition.form_no, definition.series_from)


def _build_row(data: _ReportData, definition: AnyRow, part: dict[str, str]) -> IndicatorRow:
    key = (definition.series_no, data.breakdowns[part["code"]])
    figure, withheld = data.figures.get(key, _NO_FIGURE), data.withheld.get(key)
    if withheld is not None:
        figure = replace(figure, value=None)
    targets = data.targets.get((definition.series_no, part["code"]), _NO_TARGETS)
    base = choose_percentage_base(targets, definition.percentage_base)
    # A return leaves out the parts that a unit has none of, so a part is given by the units that gave the whole.
    counts, collection = data.counts.by_series.get(definition.series_no), _find_collection(definition)
    return IndicatorRow(
        measure=definition.measure,
        indicator=definition.code,
        breakdown=part["code"] or None,
        level=1 if part["code"] else 0,
        name=part["name"],
        unit_of_measure=definition.unit_of_measure,
        baseline=definition.baseline if not part["code"] else None,
        original_target=targets.original,
        revised_target=targets.revised,
        achieved=figure.value,
        reported=figure.reported,
        missing=figure.missing,
        withheld=withheld is not None,
        withheld_reason=_describe_withheld(data.work, withheld),
        period=counts.period if counts else None,
        owing=counts.owing if counts else None,
        given=data.counts.count_given(collection) if collection else 0,
        given_for_period=counts.given if counts else 0,
        complete=_is_complete(definition.aggregation, figure, counts),
        percentage=percentage(figure.value, base.value if base else None),
        percentage_base=base.status if base else None,
        last_period_end=figure.last_period_end,
        change_note=definition.change_note if not part["code"] else None,
        proof=build_proof_url(
            data.work,
            "/v1/observations",
            indicator=definition.code,
            breakdown=part["code"] or None,
            territory=data.territory.label.code,
            as_of=data.as_of,
        ),
    )


def _describe_withheld(work: UnitOfWork, reason: str | None) -> str | None:
    return work.service.catalogue.message(reason, {}, work.language) if reason else None


def _is_complete(aggregation: str, figure: Figure, counts: PeriodCounts | None) -> bool:
    """Whether nothing is missing in a figure.

    The newest values of all units make up ``last``; a sum or a maximum also needs those of the periods before.
    """
    if counts is None or counts.owing is None or figure.missing:
        return False
    if aggregation == "last":
        return counts.given >= counts.owing
    return counts.incomplete_periods == 0


def choose_percentage_base(targets: Targets, wanted: str) -> TargetCell | None:
    """Choose the base of the percentage, which the response names.

    It is the target named by the definition, or the original one until a revised one exists.
    """
    if wanted == "revised" and targets.revised is not None:
        return targets.revised
    return targets.original


def _list_sources(definitions: list[AnyRow], rows: list[IndicatorRow], counts: ReturnCounts) -> Iterator[ReportSource]:
    """List one note per measure and form, naming each period with the number of units whose newest return it is."""
    ends: dict[tuple[str, int], date] = {}
    by_code = {definition.code: definition for definition in definitions}
    for row in rows:
        definition = by_code[row.indicator]
        if row.last_period_end and definition.source_note:
            key = (definition.measure, definition.form_no)
            ends[key] = max(ends.get(key, row.last_period_end), row.last_period_end)
    for (measure, form_no), end in ends.items():
        collecting = [one for one in definitions if (one.measure, one.form_no) == (measure, form_no)]
        periods = _list_source_periods(collecting, counts)
        named = ", ".join(f"{period.display('pl')} ({_count_units(number)})" for period, number in periods)
        yield ReportSource(
            measure=measure,
            text=collecting[0].source_note.replace("{period}", named),
            date=end,
            periods=[SourcePeriod(period=str(period), units=number) for period, number in periods],
        )


def _list_source_periods(definitions: list[AnyRow], counts: ReturnCounts) -> list[tuple[Period, int]]:
    """Periods of the newest returns with their units, the newest first, in the time of any of the definitions."""
    form = definitions[0]
    starts = [definition.series_from for definition in definitions]
    first = None if None in starts else min(starts)
    by_end = counts.by_newest_period.get(form.form_no, {})
    return [
        (find_period_ending_on(end, form.period_kind), number)
        for end, number in sorted(by_end.items(), reverse=True)
        if first is None or end >= first
    ]


def _count_units(number: int) -> str:
    """`1 jednostka`, `143 jednostki`: the notes are those of the office, in Polish."""
    return f"{display.number(Decimal(number), 'pl', 0)} {plural_pl(number, 'jednostka', 'jednostki', 'jednostek')}"


def find_period_ending_on(end: date, kind: str) -> Period:
    """Period of a kind that ends on a day."""
    number = (end.month - 1) // _MONTHS[kind] + 1
    return Period(kind, end.year, number)  # type: ignore[arg-type]
