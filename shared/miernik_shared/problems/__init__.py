"""Problem details (RFC 9457) in Polish and English: codes and parameters in code, texts in ``messages/*.toml``."""

from miernik_shared.problems.catalogue import Catalogue, Language, preferred_language
from miernik_shared.problems.problem import FieldError, Problem

__all__ = ["Catalogue", "FieldError", "Language", "Problem", "preferred_language"]
