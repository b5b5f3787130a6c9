"""Fields that the reports along the programme tree have in common."""

from pydantic import BaseModel


class ProgrammeRow(BaseModel, frozen=True):
    """Row of a programme node, of the data assigned to no node (``unassigned``), or of the total of an office."""

    office: str
    kind: str
    node_id: str | None
    code: str | None
    level: str | None
    name: str | None
    directly_on: str | None
    """Level of a node that has nodes below it: the row shows only what belongs to the node itself."""
    complete: bool
    proof: str | None


class Heading(BaseModel, frozen=True):
    """Priority above the rows of an office, or the root of a tree without priorities."""

    office: str
    level: str
    code: str
    name: str
