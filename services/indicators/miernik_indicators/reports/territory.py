"""Territory of a report (country, voivodeship, powiat, gmina) and the access to it."""

from dataclasses import dataclass
from datetime import date

from miernik_indicators.register.queries import find_name_known_at, has_register
from miernik_indicators.reports.schemas import ReportTerritory
from miernik_indicators.units.queries import find_units_of_territory
from miernik_shared.problems import FieldError, Problem
from miernik_shared.territories.codes import WrittenCode
from miernik_shared.web.unit_of_work import UnitOfWork

COUNTRY = "PL"


@dataclass(frozen=True, slots=True)
class TerritoryFilter:
    """SQL filter of a report. ``units`` is set for a gmina only, whose figures are read from facts."""

    label: ReportTerritory
    voivodeship: int | None
    powiat: int | None
    units: list[int] | None

    def places(self) -> dict[str, int]:
        """Columns that the territory restricts, with their values."""
        places = {"voivodeship": self.voivodeship, "powiat": self.powiat}
        return {name: number for name, number in places.items() if number is not None}


async def read_territory(work: UnitOfWork, requested: str | None, as_of: date) -> TerritoryFilter:
    """Parse a territory code and authorize it.

    Raises 422 for a code that no edition of the register had, as known at the report's position, and 403 for a gmina
    with units of another caller or with none.
    """
    text = requested or work.service.settings.home_voivodeship
    if text == COUNTRY:
        return TerritoryFilter(ReportTerritory(code=COUNTRY, name="Polska", level="country"), None, None, None)
    written = WrittenCode.parse(text)
    code = written.code
    if code is None or not code.is_reporting_kind:
        raise await _explain_unknown(work, written, text, as_of)
    named = await find_name_known_at(work.connection, code, as_of, work.read_position)
    if named is None and await has_register(work.connection, work.read_position):
        raise await _explain_unknown(work, written, text, as_of)
    shown = ReportTerritory(code=code.code, name=named.name if named else "–", level=code.level)
    if code.level == "voivodeship":
        return TerritoryFilter(shown, int(code.code), None, None)
    powiat = int(code.code[:4])
    units = await _find_units_of_gmina(work, code.code) if code.level == "gmina" else None
    return TerritoryFilter(shown, int(code.voivodeship), powiat, units)


async def _find_units_of_gmina(work: UnitOfWork, code: str) -> list[int]:
    units = await find_units_of_territory(work.connection, code)
    foreign = {str(unit.id) for unit in units} - set(work.caller.units)
    if not work.caller.region and (foreign or not units):
        raise Problem(403, "territory_not_yours", {"code": code})
    return [unit.unit_no for unit in units]


async def _explain_unknown(work: UnitOfWork, written: WrittenCode, value: str, as_of: date) -> Problem:
    params, restored = {"value": value, "listed": "/v1/territories"}, written.restored
    error = FieldError("/query/territory", "report_territory_unknown", params)
    if restored and await find_name_known_at(work.connection, restored, as_of, work.read_position):
        hint = params | {"expected": str(restored)}
        error = FieldError(error.pointer, error.code, hint, sentence="territory_lost_zero")
    return Problem(422, "request_invalid", errors=[error])
