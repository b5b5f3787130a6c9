"""API models of the territorial register."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_shared.confirmations import UnconfirmedKind
from miernik_shared.values.free_texts import NoPersonalNumber, ShownLines
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import FieldErrorBody

Level = Literal["voivodeship", "powiat", "gmina"]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500), ShownLines, NoPersonalNumber]


class ChangedTerritory(BaseModel):
    """Territory that differs between two editions.

    Of a new one the members ``…_before`` are null, of an ended one the others.
    """

    code: str
    name: str | None
    name_before: str | None
    kind: str | None
    kind_before: str | None
    kind_name: str | None
    kind_name_before: str | None


class ComparedVoivodeship(BaseModel):
    """Changes in one voivodeship. ``entries`` counts itself, its powiaty and gminy, without parts of gminy."""

    code: str
    name: str
    entries: int
    entries_before: int
    ended: list[ChangedTerritory]
    new: list[ChangedTerritory]
    renamed: list[ChangedTerritory]
    changed_kind: list[ChangedTerritory]


class EditionComparison(BaseModel):
    """Comparison of a file with another edition; its counts are those of all voivodeships."""

    compared_with: Day | None = Field(
        description="Day of the edition before the file, or of the earliest after it; null if there is no other"
    )
    next_edition: Day | None = Field(
        description="Day of the edition after the file, which then decides about the present; null if it is the newest"
    )
    entries: int
    entries_before: int
    ended: int
    new: int
    renamed: int
    changed_kind: int
    voivodeships: list[ComparedVoivodeship]


class TerritoryImportReceipt(BaseModel):
    """Outcome of an import. ``entries`` counts the rows of the file, including parts of gminy."""

    import_no: int | None = Field(description="Number of the import; null for a dry run")
    as_of: Day
    entries: int
    sha256: str
    position: int = Field(
        description="Position of the log at the import; of a dry run, that of what it was compared with"
    )
    replayed: bool
    """True if the same file was imported before and nothing was stored."""
    dry_run: bool
    comparison: EditionComparison
    unlikely: list[FieldErrorBody] = Field(
        default=[],
        description="Of a dry run: changes that need a confirmation, each with its token for the parameter `confirm`",
    )
    confirmations: list[UnconfirmedKind] = Field(
        default=[], description="Of a dry run: tokens for all changes of a code"
    )


class TerritoryImport(BaseModel):
    """Imported edition of the register."""

    import_no: int
    as_of: Day
    entries: int
    sha256: str
    position: int
    annulled: bool
    reason: str | None = Field(description="Reason for the annulment")


class NewImportAnnulment(BaseModel):
    """Annulment of an import that was made in error."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = Field(description="Reason for the annulment", examples=["Plik jednego województwa"])


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
