"""From a value in a report's row to a cell: exact value, text for readers, status."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from miernik_gateway.dashboards.catalogue.description import Column, ColumnKind, Detail, Words
from miernik_gateway.dashboards.compose.body import CellBody, CellStatus, DetailBody, EarmarkedBody
from miernik_gateway.dashboards.compose.value_text import months_of, written
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


def things_at(row: Row, path: str) -> list[Row]:
    """What is listed at a path; a single thing is a list of one, a plain text a thing with that ``text``."""
    found = value_at(row, path)
    listed = cast("list[Any]", found) if isinstance(found, list) else [found]
    return [cast(Row, one) if isinstance(one, Mapping) else {"text": one} for one in listed if one]


def texts_of(row: Row) -> dict[str, str]:
    """The row's plain values, to fill words from; what it lacks is empty."""
    return {name: "" if value is None else str(value) for name, value in row.items()}


def cell(column: Column, row: Row, language: Language) -> CellBody:
    """The cell of a row in a column."""
    value = value_at(row, column.field)
    instead = _instead(column, row)
    if instead is not None:
        text = None if value is None else str(value)
        body = CellBody(value=text, display=instead.of(language, **texts_of(row)), status="ok")
    elif value is None:
        body = _absent(column, row, language)
    else:
        body = _MAKERS[column.kind](column, row, value, language)
    return _completed(body, column, row, language)


def _instead(column: Column, row: Row) -> Words | None:
    """The words that are shown instead of the value."""
    found = (by.words.get(str(value_at(row, by.field))) for by in column.words_by)
    return next((words for words in found if words is not None), None)


def _absent(column: Column, row: Row, language: Language) -> CellBody:
    lacks_whole = column.share_of is not None and value_at(row, column.share_of) is None
    unknown = column.absent == "missing" or lacks_whole
    text = display.MISSING[language] if unknown else NOT_APPLICABLE
    body = CellBody(value=None, display=text, status="missing" if unknown else "not_applicable")
    return _with_completeness(body, column, row)


def _text(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    return CellBody(value=str(value), display=str(value), status="ok")


def _number(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    text = display.number(Decimal(value), language, 0 if column.kind == "count" else None)
    return _with_completeness(CellBody(value=str(value), display=text, status=_status(column, row)), column, row)


def _money(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    text = display.money(Decimal(value), "PLN", language, whole_bare=column.whole_bare)
    return CellBody(value=str(value), display=text, status=_status(column, row))


def _percent(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    text = display.percent(Decimal(value), language)
    body = CellBody(value=str(value), display=text, status=_status(column, row))
    base = column.base_by
    state = str(value_at(row, base.field)) if base else ""
    if base and state in base.words:
        body.base = state
        body.base_title = base.words[state].of(language)
    return body


def _date(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    return CellBody(value=str(value), display=written(value, "date", language), status="ok")


def _month_range(column: Column, row: Row, value: Any, language: Language) -> CellBody:
    first, last = months_of(value)
    text = written(value, "month_range", language)
    return CellBody(value=first if first == last else f"{first}/{last}", display=text, status="ok")


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


def _completed(body: CellBody, column: Column, row: Row, language: Language) -> CellBody:
    """With its suffix, what it was computed from, and the address of what it is made of."""
    if column.suffix_by:
        suffix = column.suffix_by.words.get(str(value_at(row, column.suffix_by.field)))
        body.display += suffix.of(language) if suffix else ""
    details = list(_details(column, row, language))
    if details:
        body.details = details
    if column.proof:
        body.proof = value_at(row, column.proof)
    return body


def _details(column: Column, row: Row, language: Language) -> Iterator[DetailBody]:
    for one in column.details:
        value = value_at(row, one.field)
        if value is not None:
            yield _detail(one, value, language)


def _detail(one: Detail, value: Any, language: Language) -> DetailBody:
    text = written(value, one.kind, language, one.currency)
    return DetailBody(key=one.key, title=one.title.of(language), value=str(value), display=text)


_Maker = Callable[[Column, Row, Any, Language], CellBody]
_MAKERS: Mapping[ColumnKind, _Maker] = {
    "text": _text,
    "number": _number,
    "count": _number,
    "money": _money,
    "percent": _percent,
    "date": _date,
    "month_range": _month_range,
    "target": _target,
}
