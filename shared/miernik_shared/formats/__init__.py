"""How figures, days and names are written in Polish and in English."""

from typing import Literal

Language = Literal["pl", "en"]
