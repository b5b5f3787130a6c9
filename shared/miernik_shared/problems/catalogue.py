"""Catalogue of the texts of problems and findings in Polish and English, from ``messages/{pl,en}.toml``.

``messages/labels.toml`` has Polish labels for codes that texts mention; in English the codes are words themselves.
All parts of a request that a response repeats are rendered here, and PESEL numbers in them are redacted.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from miernik_shared.formats import Language
from miernik_shared.problems.message_formatter import MessageFormatter
from miernik_shared.problems.problem import FieldError, Problem
from miernik_shared.values.personal_numbers import REDACTED, holds_personal_number, redact_personal_numbers

LANGUAGES: tuple[Language, ...] = ("pl", "en")
SHARED_MESSAGES = Path(__file__).parent / "messages"


def preferred_language(accept_language: str | None) -> Language:
    """Language of an ``Accept-Language`` header: ``pl`` unless English has a higher weight (RFC 9110, 12.5.4)."""
    weights: dict[str, float] = {}
    for part in (accept_language or "").split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            weights[name.split("-")[0].lower()] = float(weight or 1)
        except ValueError:
            continue
    return "en" if weights.get("en", 0.0) > weights.get("pl", weights.get("*", 0.0)) else "pl"


class Catalogue:
    """Message texts of one service, its own and the shared ones."""

    def __init__(self, *folders: Path) -> None:
        self._texts: dict[Language, dict[str, dict[str, str]]] = {"pl": {}, "en": {}}
        words: dict[str, str] = {}
        for folder in (SHARED_MESSAGES, *folders):
            for language in LANGUAGES:
                self._texts[language].update(_read_toml(folder / f"{language}.toml"))
            if (named := folder / "labels.toml").exists():
                words.update(_read_toml(named))
        self._formatters = {"pl": MessageFormatter("pl", words), "en": MessageFormatter("en", {})}

    def codes(self, language: Language) -> Mapping[str, Mapping[str, str]]:
        """All texts of a language by code."""
        return self._texts[language]

    def message(self, code: str, params: Mapping[str, str], language: Language) -> str:
        """Sentence of a code with its parameters. Raises ``KeyError`` for a code without a text."""
        return self._formatters[language].fill(self._texts[language][code]["detail"], _redact_params(params))

    def field_error(self, error: FieldError, language: Language) -> dict[str, Any]:
        """Entry of the problem's ``errors``, with the members of ``FieldErrorBody``; no row or column outside files."""
        place = {"row": error.row, "column": error.column} if error.row is not None else {}
        message = self.message(self._choose_sentence(error, language), error.params, language)
        pointer, params = redact_personal_numbers(error.pointer), _redact_params(error.params)
        token = {"token": error.token} if error.token is not None else {}
        return {"pointer": pointer, **place, "code": error.code, "message": message, "params": params, **token}

    def _choose_sentence(self, error: FieldError, language: Language) -> str:
        """Key of the text of an error. One about a row of a file may have a text of its own, ``<code>_in_row``."""
        in_row = f"{error.code}_in_row"
        is_of_row = error.row is not None and in_row in self._texts[language]
        return error.sentence or (in_row if is_of_row else error.code)

    def render(self, problem: Problem, language: Language, instance: str) -> dict[str, Any]:
        """Problem details as a JSON object (RFC 9457)."""
        body: dict[str, Any] = {
            "type": f"urn:miernik:problem:{problem.code}",
            "title": self._texts[language][problem.code]["title"],
            "status": problem.status,
            "detail": self.message(problem.code, problem.params, language),
            "instance": redact_personal_numbers(instance),
            "code": problem.code,
            **problem.members,
        }
        if problem.errors:
            body["errors"] = [self.field_error(error, language) for error in problem.errors]
        return body


def _redact_params(params: Mapping[str, str]) -> dict[str, str]:
    return {name: REDACTED if holds_personal_number(value) else value for name, value in params.items()}


def _read_toml(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        return tomllib.load(opened)
