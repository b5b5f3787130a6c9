"""Formatting of figures, days and names in Polish and in English."""

from typing import Literal

Language = Literal["pl", "en"]
