"""Offices (urzędy): one for each voivodeship, named by its TERYT code.

The codes and names are those of the act of 24 July 1998 on the division of the state. Other codes are rejected: an
office cannot be deleted once data refer to it.
"""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_NAMES = {
    "02": "dolnośląskie",
    "04": "kujawsko-pomorskie",
    "06": "lubelskie",
    "08": "lubuskie",
    "10": "łódzkie",
    "12": "małopolskie",
    "14": "mazowieckie",
    "16": "opolskie",
    "18": "podkarpackie",
    "20": "podlaskie",
    "22": "pomorskie",
    "24": "śląskie",
    "26": "świętokrzyskie",
    "28": "warmińsko-mazurskie",
    "30": "wielkopolskie",
    "32": "zachodniopomorskie",
}
OFFICES = tuple(_NAMES)
ALL_OFFICES = "PL"
"""Code for all offices of the installation, each reported separately."""


def office_name(code: str) -> str:
    """Name of the voivodeship; the code itself if it is unknown."""
    return _NAMES.get(code, code)


def _require_one_of(codes: tuple[str, ...]) -> AfterValidator:
    def check(code: str) -> str:
        if code not in codes:
            raise PydanticCustomError("office_code", "an office is one of {expected}", {"expected": ", ".join(codes)})
        return code

    return AfterValidator(check)


def _document_codes(codes: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(codes)})


Office = Annotated[str, _require_one_of(OFFICES), _document_codes(OFFICES)]
"""TERYT code of a voivodeship."""
OfficeOrAll = Annotated[str, _require_one_of((*OFFICES, ALL_OFFICES)), _document_codes((*OFFICES, ALL_OFFICES))]
"""TERYT code of a voivodeship, or ``PL`` for all."""
