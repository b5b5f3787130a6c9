"""Free texts must not bring personal numbers into the register: names of beneficiaries and notes are typed by hand."""

from pydantic import BaseModel

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.personal_numbers import holds_personal_number


def refuse_personal_numbers(new: BaseModel, *fields: str) -> None:
    """Raises 422 for every one of the fields that holds a PESEL. The answer does not repeat it."""
    errors = [
        FieldError(f"/{field}", "personal_number", {"row": "–", "column": field})
        for field in fields
        if (text := getattr(new, field)) and holds_personal_number(text)
    ]
    if errors:
        raise Problem(422, "request_invalid", errors=errors)
