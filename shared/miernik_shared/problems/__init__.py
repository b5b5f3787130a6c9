"""Problem details (RFC 9457) in Polish and English: codes and parameters in code, texts in ``messages/*.toml``."""

from miernik_shared.problems.catalogue import Catalogue, Language, preferred_language
from miernik_shared.problems.problem import FieldError, Problem
from miernik_shared.problems.refusals import conflict, invalid, not_found, refuse_invalid

__all__ = [
    "Catalogue",
    "FieldError",
    "Language",
    "Problem",
    "conflict",
    "invalid",
    "not_found",
    "preferred_language",
    "refuse_invalid",
]
