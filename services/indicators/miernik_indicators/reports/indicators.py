"""Report of physical progress (postęp rzeczowy).

Reproduces the tables "Postęp rzeczowy – osiągnięte wskaźniki" of the half-yearly deck (slides 7-9). An example row::

    7.1 | Liczba klientów instytucji pomocy społecznej objętych kontraktami … | original 7500 | proposed 8000
        | achieved 5669 | 70.86 % of the proposed target
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from miernik_indicators.reports.definitions import (
    Targets,
    find_definitions_in_force,
    find_targets_in_force,
    list_breakdown_numbers,
)
from miernik_indicators.reports.figures import Figure, Figures, read_current_figures, read_past_figures
from miernik_indicators.reports.schemas import IndicatorReport, IndicatorRow, ReportSource, TargetCell
from miernik_indicators.reports.territory import TerritoryFilter, read_territory
from miernik_shared.database import AnyRow
from miernik_shared.values.percentage import percentage
from miernik_shared.values.period import Period
from miernik_shared.web.proofs import build_proof_url
from miernik_shared.web.unit_of_work import UnitOfWork

_NO_FIGURE = Figure(None, 0, 0, None)
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Parameters of the report; ``None`` means all measures, the home voivodeship."""

    as_of: date
    measure: str | None
    territory: str | None


async def build_indicator_report(work: UnitOfWork, query: ReportQuery) -> IndicatorReport:
    """Build the report.

    Raises 422 for an unknown territory or measure, 403 for a gmina of another caller.
    """
    position = work.read_position
    territory = await read_territory(work, query.territory, query.as_of)
    definitions = await find_definitions_in_force(work.connection, query.as_of, position, query.measure)
    series = [definition.series_no for definition in definitions]
    targets = await find_targets_in_force(work.connection, series, query.as_of, position)
    numbers = await list_breakdown_numbers(work.connection)
    figures = await _read_figures(work, query, territory, series)
    rows = [
        _build_row(
            work,
            query,
            territory,
            definition,
            part,
            targets,
            figures.get((definition.series_no, numbers[part["code"]])),
        )
        for definition in definitions
        for part in [{"code": "", "name": definition.name}, *definition.parts]
    ]
    return IndicatorReport(
        as_of=query.as_of,
        known_at=work.requested_known_at,
        position=position,
        territory=territory.label,
        rows=rows,
        sources=list(_list_sources(definitions, rows)),
    )


async def _read_figures(work: UnitOfWork, query: ReportQuery, territory: TerritoryFilter, series: list[int]) -> Figures:
    if work.known_position is None and territory.units is None:
        return await read_current_figures(work.connection, series, territory, query.as_of)
    return await read_past_figures(work.connection, series, territory, query.as_of, work.read_position)


def _build_row(
    work: UnitOfWork,
    query: ReportQuery,
    territory: TerritoryFilter,
    definition: AnyRow,
    part: dict[str, str],
    all_targets: Any,
    figure: Figure | None,
) -> IndicatorRow:
    figure = figure or _NO_FIGURE
    targets: Targets = all_targets.get((definition.series_no, part["code"]), Targets())
    base = choose_percentage_base(targets, definition.percentage_base)
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
        complete=figure.missing == 0,
        percentage=percentage(figure.value, base.value if base else None),
        percentage_base=base.status if base else None,
        last_period_end=figure.last_period_end,
        change_note=definition.change_note if not part["code"] else None,
        proof=build_proof_url(
            work,
            "/v1/observations",
            indicator=definition.code,
            breakdown=part["code"] or None,
            territory=territory.label.code,
            as_of=query.as_of,
        ),
    )


def choose_percentage_base(targets: Targets, wanted: str) -> TargetCell | None:
    """Choose the base of the percentage, which the response names.

    It is the target named by the definition, or the original one until a revised one exists.
    """
    if wanted == "revised" and targets.revised is not None:
        return targets.revised
    return targets.original


def _list_sources(definitions: list[AnyRow], rows: list[IndicatorRow]) -> Iterator[ReportSource]:
    """List one note per measure and form, naming the latest period with a figure."""
    ends: dict[tuple[str, str, str], date] = {}
    by_code = {definition.code: definition for definition in definitions}
    for row in rows:
        definition = by_code[row.indicator]
        if row.last_period_end and definition.source_note:
            key = (definition.measure, definition.source_note, definition.period_kind)
            ends[key] = max(ends.get(key, row.last_period_end), row.last_period_end)
    for (measure, note, period_kind), end in ends.items():
        text = note.replace("{period}", find_period_ending_on(end, period_kind).display("pl"))
        yield ReportSource(measure=measure, text=text, date=end)


def find_period_ending_on(end: date, kind: str) -> Period:
    """Period of a kind that ends on a day."""
    number = (end.month - 1) // _MONTHS[kind] + 1
    return Period(kind, end.year, number)  # type: ignore[arg-type]
