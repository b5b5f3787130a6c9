"""From a value in a report's row to a cell: exact value, text for readers, status."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from miernik_gateway.dashboards.body import CellBody, CellStatus, EarmarkedBody
from miernik_gateway.dashboards.description import Column, ColumnKind, Words
from miernik_shared.formats import Language, display

NOT_APPLICABLE = "–"
_EARMARKED = Words("w tym {amount} {label}", "of which {amount} {label}")

Row = Mapping[str, Any]


def value_at(row: Row, path: str) -> Any:
    """The value at a path of names joined by dots; None where it leads nowhere."""
    found: Any = row
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found  # pyright: ignore[reportUnknownVariableType]


def cell(column: Column, row: Row, language: Language) -> CellBody:
    """The cell of a row in a column."""
    value = value_at(row, column.field)
    if value is None:
        return _absent(column, row, language)
    return _MAKERS[column.kind](column, row, value, language)


def _absent(column: Column, row: Row, language: Language) -> CellBody:
    lacks_whole = column.share_of is not None and value_at(row, column.share_of) is None
    unknown = column.absent == "missing" or lacks_whole
    text = display.MISSING[language] if unknown else NOT_APPLICABLE
    body = CellBody(value=None, display=text, status="missing" if unknown else "not_applicable")
    return _with_completeness(body, column, row)


def _text(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    return CellBody(value=str(value), display=str(value), status="ok")


def _number(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    text = display.number(Decimal(value), language)
    return _with_completeness(CellBody(value=str(value), display=text, status=_status(column, row)), column, row)


def _percent(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    text = display.percent(Decimal(value), language)
    body = CellBody(value=str(value), display=text, status=_status(column, row))
    base = column.base_by
    state = str(value_at(row, base.field)) if base else ""
    if base and state in base.words:
        body.base = state
        body.base_title = base.words[state].of(language)
    return body


def _target(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    body = CellBody(value=str(value["value"]), display=display.number(Decimal(value["value"]), language), status="ok")
    body.target_status = value.get("status")
    body.effective_on = date.fromisoformat(value["effective_on"]) if value.get("effective_on") else None
    if value.get("earmarked_value") is not None:
        body.earmarked = _earmarked(value, language)
    return body


def _earmarked(target: Mapping[str, Any], language: Language) -> EarmarkedBody:
    """`w tym 2 000 wynikające z KRW`."""
    amount = display.number(Decimal(target["earmarked_value"]), language)
    label = target.get("earmarked_label") or ""
    text = _EARMARKED.of(language, amount=amount, label=label).strip()
    return EarmarkedBody(value=str(target["earmarked_value"]), display=text, label=label)


def _status(column: Column, row: Row) -> CellStatus:
    return "incomplete" if column.observed and row.get("complete") is False else "ok"


def _with_completeness(body: CellBody, column: Column, row: Row) -> CellBody:
    """How many reports a figure is made of, and how many it lacks."""
    if column.kind == "number" and column.observed:
        body.reported = row.get("reported")
        body.missing = row.get("missing")
    return body


_Maker = Callable[[Column, Row, Any, Language], CellBody]
_MAKERS: Mapping[ColumnKind, _Maker] = {"text": _text, "number": _number, "percent": _percent, "target": _target}
