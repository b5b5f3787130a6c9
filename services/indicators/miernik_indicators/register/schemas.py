"""Shapes of the territorial register's API."""

from typing import Literal

from pydantic import BaseModel

from miernik_shared.values.written_days import Day

Level = Literal["voivodeship", "powiat", "gmina"]


class TerritoryImportReceipt(BaseModel):
    """Outcome of an import. ``entries`` counts the rows of the file, parts of gminy included."""

    as_of: Day
    entries: int
    sha256: str
    position: int
    replayed: bool
    """True when the same file was imported before and nothing was done."""


class Territory(BaseModel):
    """One entry of the register with its validity; ``valid_to`` is the first day on which it no longer held."""

    code: str
    kind: str
    """RODZ: 1 urban, 2 rural, 3 urban-rural, 4 town and 5 rural area in an urban-rural gmina, 8, 9; else empty."""
    level: Level
    name: str
    kind_name: str
    valid_from: Day
    valid_to: Day | None


class TerritoryHistory(BaseModel):
    """All that a code ever stood for, the latest first."""

    code: str
    entries: list[Territory]
