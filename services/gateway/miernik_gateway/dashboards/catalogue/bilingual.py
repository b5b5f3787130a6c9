"""Texts in Polish and English, and the choice of the reader's language."""

from dataclasses import dataclass
from typing import NamedTuple

from miernik_shared.formats import Language


class Bilingual(NamedTuple):
    """The same text in Polish and in English."""

    pl: str
    en: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Selector of texts in the language of one reader: ``say("Konkurs", "Call")``, ``say(*TITLE)``."""

    language: Language

    def __call__(self, pl: str, en: str) -> str:
        """Return the text in the reader's language."""
        return pl if self.language == "pl" else en
