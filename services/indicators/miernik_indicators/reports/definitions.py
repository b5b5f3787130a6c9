"""Definitions and targets in force on a day, as known at a position."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.reports.schemas import TargetCell
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.problems import invalid

# Returns one row per indicator: the latest version known at the position and in force on the day, with the source note
# and period kind of its form. A redefined series has a first day; the first series collects all periods.
_DEFINITIONS = """
    select distinct on (indicator.sort_key) indicator.code, indicator.measure, version.*, form.form_no,
        form.source_note, form.period_kind, (
            select min(valid_from) from indicator_version same
            where same.indicator_no = version.indicator_no and same.series_no = version.series_no
                and same.position <= :position
            having min(same.version) > 1
        ) as series_from
    from indicator
    join indicator_version version using (indicator_no)
    left join lateral (
        select form_no, form_version.source_note, form_version.period_kind
        from form_indicator join form_version using (form_no)
        where form_indicator.indicator_no = indicator.indicator_no
            and form_indicator.position <= :position and form_version.position <= :position
        order by form_version.version desc limit 1
    ) form on true
    where version.position <= :position and version.valid_from <= :as_of {of_measure}
    order by indicator.sort_key, version.version desc
"""
_OF_MEASURE = """and (indicator.measure = :measure
        or starts_with(indicator.measure, cast(:measure as text) || '.'))"""
_ALL_DEFINITIONS = text(_DEFINITIONS.format(of_measure=""))
_DEFINITIONS_OF_MEASURE = text(_DEFINITIONS.format(of_measure=_OF_MEASURE))
# Returns whether a measure or one of its sub-measures has an indicator known at the position.
_KNOWN_MEASURE = text("""
    select exists (
        select from indicator
        where position <= :position and (measure = :measure or starts_with(measure, cast(:measure as text) || '.')))
""")
# Returns per series and part the original target and the latest revised one, in force on the day; of several targets
# of one day the last recorded.
_TARGETS = text("""
    select distinct on (series_no, breakdown_no, status <> 'original')
        series_no, breakdown.code as breakdown, status, value, earmarked_value, earmarked_label, effective_on
    from target join breakdown using (breakdown_no)
    where target.position <= :position and effective_on <= :as_of and series_no = any (:series)
    order by series_no, breakdown_no, status <> 'original', effective_on desc, target_no desc
""")
# Returns all parts with their keys.
_BREAKDOWNS = text("select code, breakdown_no from breakdown")


@dataclass(frozen=True, slots=True)
class Targets:
    """Original and revised target of a row; the revised one is the latest that is proposed or approved."""

    original: TargetCell | None = None
    revised: TargetCell | None = None


async def find_definitions_in_force(
    connection: AsyncConnection, as_of: date, position: int, measure: str | None
) -> list[AnyRow]:
    """Definitions in force, one row per indicator by measure and code. A measure includes its sub-measures.

    Raises 422 for a measure without an indicator on any day: this service does not know the programme.
    """
    parameters = {"as_of": as_of, "position": position}
    if measure is None:
        return list((await connection.execute(_ALL_DEFINITIONS, parameters)).all())
    of_measure = parameters | {"measure": measure}
    definitions = list((await connection.execute(_DEFINITIONS_OF_MEASURE, of_measure)).all())
    if not definitions:
        await _require_known_measure(connection, measure, position)
    return definitions


async def _require_known_measure(connection: AsyncConnection, measure: str, position: int) -> None:
    known = await connection.execute(_KNOWN_MEASURE, {"position": position, "measure": measure})
    if not known.scalar_one():
        listed = "/v1/reports/indicators/bounds"
        raise invalid("/query/measure", "report_measure_unknown", value=measure, listed=listed)


async def find_targets_in_force(
    connection: AsyncConnection, series: list[int], as_of: date, position: int
) -> Mapping[tuple[int, str], Targets]:
    """Targets in force by series key and part code."""
    parameters = {"series": series, "as_of": as_of, "position": position}
    cells: dict[tuple[int, str], dict[str, TargetCell]] = {}
    for row in await connection.execute(_TARGETS, parameters):
        side = "original" if row.status == "original" else "revised"
        cell = TargetCell.model_validate(columns_of(row), extra="ignore")
        cells.setdefault((row.series_no, row.breakdown), {})[side] = cell
    return {key: Targets(sides.get("original"), sides.get("revised")) for key, sides in cells.items()}


async def list_breakdown_numbers(connection: AsyncConnection) -> Mapping[str, int]:
    """Keys of all parts by their code."""
    return {row.code: row.breakdown_no for row in await connection.execute(_BREAKDOWNS)}
