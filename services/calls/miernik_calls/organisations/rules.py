"""Rules for the numbers and the territory of an organisation."""

from collections.abc import Iterator

from miernik_shared.formats.sorting import search_key
from miernik_shared.problems import FieldError
from miernik_shared.values.identity import identity_key
from miernik_shared.values.organisation_numbers import (
    extract_digits,
    is_krs,
    is_nip,
    is_regon,
    is_rounded_by_spreadsheet,
    restore_krs,
    restore_nip,
    restore_regon,
)
from miernik_shared.values.teryt import TerritoryCode

_NUMBERS = (
    ("nip", is_nip, restore_nip, "nip_invalid"),
    ("regon", is_regon, restore_regon, "regon_invalid"),
    ("krs", is_krs, restore_krs, "krs_invalid"),
)


def name_search_key(name: str) -> str:
    """Key in which a part of a name is searched for, in any spelling, diacritics and case aside."""
    return search_key(identity_key(name))


def compact_number(number: str | None) -> str | None:
    """Return the number as stored. A text that is no number is returned unchanged, for the validation to refuse."""
    return number if number is None else extract_digits(number) or number


def validate_numbers(nip: str | None, regon: str | None, krs: str | None) -> Iterator[FieldError]:
    """Errors in the format and the check digits of NIP, REGON and KRS."""
    given = {"nip": nip, "regon": regon, "krs": krs}
    for field, is_valid, restore, code in _NUMBERS:
        number = given[field]
        if number is None or is_valid(number):
            continue
        shown = {"row": "–", "seen": number}
        if is_rounded_by_spreadsheet(number):
            yield FieldError(f"/{field}", code, shown, sentence="number_rounded_by_spreadsheet")
        elif restored := restore(number):
            hint = shown | {"expected": restored}
            yield FieldError(f"/{field}", code, hint, sentence="number_changed_by_spreadsheet")
        else:
            yield FieldError(f"/{field}", code)


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
