"""Cells from values."""

from typing import Literal, TypeVar, Unpack

from miernik_gateway.dashboards.compose.body import CellBody, CellStatus
from miernik_gateway.dashboards.compose.kinds import CellMembers, Kind
from miernik_shared.formats import Language, display

V = TypeVar("V")
Absent = Literal["missing", "not_applicable", "withheld"]
"""Reason why a cell has no value: it is unknown, the figure does not apply, or the reader may not see it."""
NOT_APPLICABLE = "–"
WITHHELD: dict[Language, str] = {"pl": "nie pokazano", "en": "not shown"}


def filled_cell(
    kind: Kind[V], value: V, language: Language, status: CellStatus, **members: Unpack[CellMembers]
) -> CellBody:
    """Return the cell of a value."""
    if kind.members:
        members = {**kind.members(value, language), **members}
    return CellBody(value=kind.value(value), display=kind.text(value, language), status=status, **members)


def absent_cell(absent: Absent, language: Language, **members: Unpack[CellMembers]) -> CellBody:
    """Return the cell of an absent value."""
    texts = {"missing": display.MISSING[language], "withheld": WITHHELD[language]}
    text = texts.get(absent, NOT_APPLICABLE)
    return CellBody(value=None, display=text, status=absent, **members)
