"""The one exception by which a request is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in the input: where and what.

    ``pointer`` is a JSON pointer into the request; for a file ``/rows/7/value`` is the cell in row 7, as the sender's
    program numbers rows (the header is row 1), and ``row`` and ``column`` say so once more for people.

    ``params`` fill the message's placeholders. They never hold the refused input of a column that could carry
    personal data.
    """

    pointer: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    row: int | None = None
    column: str | None = None
    sentence: str | None = None
    """Key of the text, where a code has more exact ones than its own."""


class Problem(Exception):
    """Refusal of a request. ``code`` is the stable name of the reason and the key of its texts."""

    def __init__(
        self,
        status: int,
        code: str,
        params: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.params = dict(params or {})
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        """Further members of the problem detail: what a program needs to go on, such as the id of the attempt."""
