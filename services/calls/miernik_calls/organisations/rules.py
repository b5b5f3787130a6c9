"""Rules for the numbers and the territory of an organisation."""

from collections.abc import Iterator

from miernik_shared.problems import FieldError
from miernik_shared.values.offices import OFFICES
from miernik_shared.values.organisation_numbers import extract_digits, is_krs, is_nip, is_regon
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

_NUMBERS = (("nip", is_nip, "nip_invalid"), ("regon", is_regon, "regon_invalid"), ("krs", is_krs, "krs_invalid"))

_WITHOUT_ZERO = 6
"""Digits of a gmina's code with its kind, after a spreadsheet has dropped the leading zero of the seven."""


def compact_number(number: str | None) -> str | None:
    """Return the number as stored. A text that is no number is returned unchanged, for the validation to refuse."""
    return number if number is None else extract_digits(number) or number


def validate_numbers(nip: str | None, regon: str | None, krs: str | None) -> Iterator[FieldError]:
    """Errors in the format and the check digits of NIP, REGON and KRS."""
    given = {"nip": nip, "regon": regon, "krs": krs}
    for field, is_valid, code in _NUMBERS:
        number = given[field]
        if number is not None and not is_valid(number):
            yield FieldError(f"/{field}", code)


def validate_territory(territory: str | None) -> Iterator[FieldError]:
    """Errors in the format, the voivodeship and the kind of a TERC code.

    Does not check whether the powiat or gmina exists: their register belongs to another service.
    """
    if territory is None:
        return
    try:
        code = TerritoryCode.parse(territory)
    except LostLeadingZero as error:
        yield _lost_zero_error(error.restored)
    except ValueError:
        yield FieldError("/territory", "territory_malformed")
    else:
        yield from _validate_voivodeship(code)


def _validate_voivodeship(code: TerritoryCode) -> Iterator[FieldError]:
    if code.voivodeship in OFFICES:
        if not code.is_reporting_kind:
            yield FieldError("/territory", "territory_kind_unknown", {"kind": code.kind})
    elif (restored := _restore_zero(str(code))) is not None:
        yield _lost_zero_error(restored)
    else:
        params = {"voivodeship": code.voivodeship, "expected": ", ".join(OFFICES)}
        yield FieldError("/territory", "territory_voivodeship_unknown", params)


def _restore_zero(digits: str) -> str | None:
    """The seven digits of a gmina and its kind, if these six are such a code without its leading zero; else None."""
    try:
        code = TerritoryCode.parse(f"0{digits}") if len(digits) == _WITHOUT_ZERO else None
    except ValueError:
        return None
    return str(code) if code and code.voivodeship in OFFICES and code.is_reporting_kind else None


def _lost_zero_error(restored: str) -> FieldError:
    code = TerritoryCode.parse(restored)
    if code.voivodeship not in OFFICES or not code.is_reporting_kind:
        return FieldError("/territory", "territory_malformed")
    return FieldError("/territory", "territory_lost_zero", {"expected": str(code)})


def territory_key(territory: str | None) -> str | None:
    """The code in digits alone, with the kind of a gmina where that was given.

    A text that is no code is returned unchanged, for the validation to refuse.
    """
    if territory is None:
        return None
    try:
        return str(TerritoryCode.parse(territory))
    except ValueError:
        return territory
