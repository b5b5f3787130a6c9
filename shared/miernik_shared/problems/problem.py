"""Exception that refuses a request, and the errors of its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """Error in one field of the input.

    ``pointer`` is a JSON pointer into the request; for a file ``/rows/7/value`` is the cell in row 7, as the sender's
    program numbers rows (the header is row 1), and ``row`` and ``column`` repeat that for people.

    ``params`` replace the placeholders of the message. They never contain rejected input from a column that could
    contain personal data.
    """

    pointer: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    row: int | None = None
    column: str | None = None
    sentence: str | None = None
    """Key of the text, if a more specific one than that of the code applies."""
    token: str | None = None
    """Token that confirms the value, if it is not wrong but unlikely."""


class Problem(Exception):
    """Refusal of a request. ``code`` is the stable identifier of the reason and the key of its texts."""

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
        """Further members of the problem details that a client program needs, such as the id of the attempt."""
