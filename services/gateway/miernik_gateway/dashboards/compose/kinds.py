"""Kinds of values in cells: exact value, text for readers, and the members that only cells of the kind have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, Protocol, TypedDict, TypeVar

from miernik_gateway.dashboards.catalogue.bilingual import Speaker
from miernik_gateway.dashboards.compose import value_text
from miernik_gateway.dashboards.compose.body import ColumnKind, DetailBody, EarmarkedBody
from miernik_shared.formats import Language, display

V = TypeVar("V")


class CellMembers(TypedDict, total=False):
    """Members of a cell besides value, text and status, as described in ``CellBody``."""

    base: str
    base_title: str
    target_status: str | None
    effective_on: date | None
    earmarked: EarmarkedBody
    reported: int
    missing: int
    owing: int | None
    given: int
    given_for_period: int
    row_span: int
    details: list[DetailBody]
    notes: list[str]
    proof: str | None


@dataclass(frozen=True, slots=True)
class Kind(Generic[V]):
    """Kind of the values of a column."""

    name: ColumnKind
    text: Callable[[V, Language], str]
    value: Callable[[V], str] = str
    members: Callable[[V, Language], CellMembers] | None = None
    wider: "Kind[V] | None" = None
    """Kind that shows a whole column instead, if this one would drop decimals of some of its values only."""
    is_wide: Callable[[V], bool] | None = None
    """Whether a value needs the wider kind."""


class TargetValue(Protocol):
    """Target with its status and the part of it that is set aside for a purpose."""

    @property
    def value(self) -> Decimal:
        """Target itself."""
        ...

    @property
    def status(self) -> str:
        """``original``, ``proposed`` or ``approved``."""
        ...

    @property
    def effective_on(self) -> date | None:
        """First day on which the target is in force."""
        ...

    @property
    def earmarked_value(self) -> Decimal | None:
        """Part of the target that is set aside for a purpose."""
        ...

    @property
    def earmarked_label(self) -> str | None:
        """Purpose of the part set aside."""
        ...


@dataclass(frozen=True, slots=True)
class MonthRange:
    """First and last month, as ``2011-12``."""

    first: str
    last: str


def _number(value: Decimal, language: Language) -> str:
    return display.number(value, language)


def _count(value: int, language: Language) -> str:
    return display.number(Decimal(value), language, 0)


def _zloty(value: Decimal, language: Language) -> str:
    return display.money(value, "PLN", language)


def _zloty_whole_bare(value: Decimal, language: Language) -> str:
    return display.money(value, "PLN", language, whole_bare=True)


def _has_grosze(value: Decimal) -> bool:
    return value != value.to_integral_value()


def _month_range(value: MonthRange, language: Language) -> str:
    return value_text.months(value_text.first_day(value.first), value_text.first_day(value.last), language)


def _month_range_value(value: MonthRange) -> str:
    first, last = value.first[:7], value.last[:7]
    return first if first == last else f"{first}/{last}"


def _target_members(target: TargetValue, language: Language) -> CellMembers:
    members = CellMembers(target_status=target.status, effective_on=target.effective_on)
    if target.earmarked_value is not None:
        amount, label = _number(target.earmarked_value, language), target.earmarked_label or ""
        text = Speaker(language)(f"w tym {amount} {label}", f"of which {amount} {label}").strip()
        members["earmarked"] = EarmarkedBody(value=str(target.earmarked_value), display=text, label=label)
    return members


TEXT: Kind[str] = Kind("text", lambda value, _: value)
NUMBER: Kind[Decimal] = Kind("number", _number)
COUNT: Kind[int] = Kind("count", _count)
MONEY: Kind[Decimal] = Kind("money", _zloty)
MONEY_WHOLE_BARE: Kind[Decimal] = Kind("money", _zloty_whole_bare, wider=MONEY, is_wide=_has_grosze)
"""Money shown without grosze where all amounts of a column are whole, as some tables of the offices do."""
PERCENT: Kind[Decimal] = Kind("percent", display.percent)
DATE: Kind[date] = Kind("date", display.day)
MONTH_RANGE: Kind[MonthRange] = Kind("month_range", _month_range, _month_range_value)
TARGET: Kind[TargetValue] = Kind(
    "target",
    text=lambda target, language: _number(target.value, language),
    value=lambda target: str(target.value),
    members=_target_members,
)


def money_detail(key: str, title: str, amount: Decimal, currency: str, language: Language) -> DetailBody:
    """Amount that a figure is computed from, for a cell's ``details``."""
    return DetailBody(key=key, title=title, value=str(amount), display=display.money(amount, currency, language))
