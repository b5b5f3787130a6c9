"""Rules for the numbers and the place of an organisation."""

from collections.abc import Iterator

from miernik_shared.problems import FieldError
from miernik_shared.values.offices import OFFICES
from miernik_shared.values.organisation_numbers import compact, is_krs, is_nip, is_regon
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

_NUMBERS = (("nip", is_nip, "nip_invalid"), ("regon", is_regon, "regon_invalid"), ("krs", is_krs, "krs_invalid"))

_WITHOUT_ZERO = 6
"""Digits that are left of the seven of a gmina and its kind."""


def compacted(number: str | None) -> str | None:
    """A number as it is stored; what is not written as one stays what it is, to be refused."""
    return number if number is None else compact(number) or number


def number_faults(nip: str | None, regon: str | None, krs: str | None) -> Iterator[FieldError]:
    """Shape and check digits of NIP, REGON and KRS."""
    given = {"nip": nip, "regon": regon, "krs": krs}
    for field, is_valid, code in _NUMBERS:
        number = given[field]
        if number is not None and not is_valid(number):
            yield FieldError(f"/{field}", code)


def territory_faults(territory: str | None) -> Iterator[FieldError]:
    """The shape of a TERC code, its voivodeship and its kind. Whether the powiat or gmina exists is for the register to
    say, which another service keeps."""
    if territory is None:
        return
    try:
        code = TerritoryCode.parse(territory)
    except LostLeadingZero as error:
        yield _lost_zero(error.restored)
    except ValueError:
        yield FieldError("/territory", "territory_malformed")
    else:
        yield from _place_faults(code)


def _place_faults(code: TerritoryCode) -> Iterator[FieldError]:
    if code.voivodeship in OFFICES:
        if not code.is_reporting_kind:
            yield FieldError("/territory", "territory_kind_unknown", {"kind": code.kind})
    elif (restored := _with_zero(str(code))) is not None:
        yield _lost_zero(restored)
    else:
        params = {"voivodeship": code.voivodeship, "expected": ", ".join(OFFICES)}
        yield FieldError("/territory", "territory_voivodeship_unknown", params)


def _with_zero(digits: str) -> str | None:
    """The code of a gmina with its kind, if six digits of no voivodeship are such a code that lost its zero."""
    try:
        code = TerritoryCode.parse(f"0{digits}") if len(digits) == _WITHOUT_ZERO else None
    except ValueError:
        return None
    return str(code) if code and code.voivodeship in OFFICES and code.is_reporting_kind else None


def _lost_zero(restored: str) -> FieldError:
    code = TerritoryCode.parse(restored)
    if code.voivodeship not in OFFICES or not code.is_reporting_kind:
        return FieldError("/territory", "territory_malformed")
    return FieldError("/territory", "territory_lost_zero", {"expected": str(code)})


def territory_key(territory: str | None) -> str | None:
    """The code in digits alone, of a gmina with its kind where that was given: a register tells what it was told."""
    return str(TerritoryCode.parse(territory)) if territory is not None else None
