"""Cells from values."""

from typing import Literal, TypeVar, Unpack

from miernik_gateway.dashboards.compose.body import CellBody, CellStatus
from miernik_gateway.dashboards.compose.kinds import CellMembers, Kind
from miernik_shared.formats import Language, display

V = TypeVar("V")
Absent = Literal["missing", "not_applicable"]
"""Reason why a cell has no value: it is unknown, or the figure does not apply."""
NOT_APPLICABLE = "–"


def filled_cell(
    kind: Kind[V], value: V, language: Language, status: CellStatus, **members: Unpack[CellMembers]
) -> CellBody:
    """Return the cell of a value."""
    if kind.members:
        members = {**kind.members(value, language), **members}
    return CellBody(value=kind.value(value), display=kind.text(value, language), status=status, **members)


def absent_cell(absent: Absent, language: Language, **members: Unpack[CellMembers]) -> CellBody:
    """Return the cell of an absent value."""
    text = display.MISSING[language] if absent == "missing" else NOT_APPLICABLE
    return CellBody(value=None, display=text, status=absent, **members)
