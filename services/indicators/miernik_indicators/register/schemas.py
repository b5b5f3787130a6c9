"""API models of the territorial register."""

from typing import Literal

from pydantic import BaseModel

from miernik_shared.values.iso_dates import Day

Level = Literal["voivodeship", "powiat", "gmina"]


class TerritoryImportReceipt(BaseModel):
    """Outcome of an import. ``entries`` counts the rows of the file, including parts of gminy."""

    as_of: Day
    entries: int
    sha256: str
    position: int
    replayed: bool
    """True if the same file was imported before and nothing was stored."""


class Territory(BaseModel):
    """Entry of the register with its validity; ``valid_to`` is the first day on which it is no longer in force."""

    code: str
    kind: str
    """RODZ: 1 urban, 2 rural, 3 urban-rural, 4 town, 5 rural area of an urban-rural gmina, 8, 9 district; or empty."""
    level: Level
    name: str
    kind_name: str
    valid_from: Day
    valid_to: Day | None


class TerritoryHistory(BaseModel):
    """All entries of a code, the latest first."""

    code: str
    entries: list[Territory]
