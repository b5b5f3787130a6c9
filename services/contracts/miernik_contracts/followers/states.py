"""Replicated states of nodes and applications."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NodeState:
    """One version of a node of the programme tree."""

    id: UUID
    office: str
    code: str
    level: Literal["programme", "priority", "measure", "sub_measure"]
    parent_id: UUID | None
    name: str
    selection_mode: Literal["systemic", "competitive"] | None
    version: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """Latest state of an application."""

    id: UUID
    office: str
    number: str
    node_id: UUID | None
    accepted_on: date | None
    accepted_value_pln: Decimal | None
    withdrawn_on: date | None
    rejected_on: date | None
    annulled: bool

    @property
    def given_up_on(self) -> date | None:
        """Day of its withdrawal or rejection, whichever came first."""
        return earliest((self.withdrawn_on, self.rejected_on))


def earliest(days: Iterable[date | None]) -> date | None:
    """First of the days that are set; None if none is."""
    return min((day for day in days if day is not None), default=None)
