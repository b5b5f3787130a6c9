"""SQL of the reference data that a return is validated against."""

from collections.abc import Sequence

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.definitions.models import breakdown, indicator, indicator_version
from miernik_indicators.forms.models import form_indicator
from miernik_indicators.units.models import reporting_unit
from miernik_indicators.units.queries import select_current_units
from miernik_shared.database import AnyRow

# The statements are built once: for a small return that took longer than running them.
_TEXTS = ARRAY(Text)
# Returns the units of a kind with one of the codes or in one of the territories.
_UNITS = select_current_units().where(
    reporting_unit.c.kind == bindparam("kind"),
    or_(
        reporting_unit.c.code == func.any(bindparam("codes", type_=_TEXTS)),
        reporting_unit.c.territory == func.any(bindparam("territories", type_=_TEXTS)),
    ),
)
# Returns every version of the definitions of a form's indicators, the oldest of each indicator first.
_DEFINITION_VERSIONS = (
    select(indicator.c.code, indicator_version)
    .join(indicator_version, indicator_version.c.indicator_no == indicator.c.indicator_no)
    .join(form_indicator, form_indicator.c.indicator_no == indicator.c.indicator_no)
    .where(form_indicator.c.form_no == bindparam("form_no"))
    .order_by(indicator.c.indicator_no, indicator_version.c.version)
)
# Returns all parts ("of which") with their keys.
_BREAKDOWNS = select(breakdown.c.code, breakdown.c.breakdown_no)


async def find_units(
    connection: AsyncConnection, kind: str, codes: Sequence[str], territories: Sequence[str]
) -> Sequence[AnyRow]:
    """Units of a kind with one of the codes, or in one of the territories."""
    parameters = {"kind": kind, "codes": list(codes), "territories": list(territories)}
    return (await connection.execute(_UNITS, parameters)).all()


async def list_definition_versions(connection: AsyncConnection, form_no: int) -> dict[str, list[AnyRow]]:
    """Versions of the definitions of a form's indicators by indicator code, oldest first."""
    versions: dict[str, list[AnyRow]] = {}
    for row in await connection.execute(_DEFINITION_VERSIONS, {"form_no": form_no}):
        versions.setdefault(row.code, []).append(row)
    return versions


async def list_breakdown_numbers(connection: AsyncConnection) -> dict[str, int]:
    """Keys of all parts by their code; the whole has the empty code."""
    return {row.code: row.breakdown_no for row in await connection.execute(_BREAKDOWNS)}
