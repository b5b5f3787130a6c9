"""Steps of the rollup of financial progress, and the differences between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

RollupKind = Literal["grant", "framework", "accepted", "recommended"]
NO_NODE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class RollupKey:
    """Key of the rollup, without the day."""

    office: str
    node_id: UUID
    kind: RollupKind


@dataclass(frozen=True, slots=True)
class Step:
    """Change of number and value on a day."""

    number: int
    value_pln: Decimal


Steps = Mapping[date, Step]


def difference(before: Steps, after: Steps) -> dict[date, Step]:
    """Steps to add to ``before`` to get ``after``."""
    nothing = Step(0, Decimal(0))
    moved = {
        day: Step(
            after.get(day, nothing).number - before.get(day, nothing).number,
            after.get(day, nothing).value_pln - before.get(day, nothing).value_pln,
        )
        for day in before.keys() | after.keys()
    }
    return {day: step for day, step in moved.items() if step != nothing}


def values_by_day(steps: Steps) -> dict[date, Decimal]:
    """Value of steps by day."""
    return {day: step.value_pln for day, step in steps.items()}
