"""Rules for the numbers and the place of an organisation."""

from collections.abc import Iterator

from miernik_shared.problems import FieldError
from miernik_shared.values.organisation_numbers import is_krs, is_nip, is_regon
from miernik_shared.values.teryt import LostLeadingZero, TerritoryCode

_NUMBERS = (("nip", is_nip, "nip_invalid"), ("regon", is_regon, "regon_invalid"), ("krs", is_krs, "krs_invalid"))


def number_faults(nip: str | None, regon: str | None, krs: str | None) -> Iterator[FieldError]:
    """Shape and check digits of NIP, REGON and KRS."""
    given = {"nip": nip, "regon": regon, "krs": krs}
    for field, is_valid, code in _NUMBERS:
        number = given[field]
        if number is not None and not is_valid(number):
            yield FieldError(f"/{field}", code)


def territory_faults(territory: str | None) -> Iterator[FieldError]:
    """The shape of a TERC code. Whether the place exists is for the register to say, which another service keeps."""
    try:
        if territory is not None:
            TerritoryCode.parse(territory)
    except LostLeadingZero as error:
        yield FieldError("/territory", "territory_lost_zero", {"expected": error.restored})
    except ValueError:
        yield FieldError("/territory", "territory_malformed")


def territory_key(territory: str | None) -> str | None:
    """The lasting key of a place: without the kind of the gmina, which changes over the years."""
    return TerritoryCode.parse(territory).code if territory is not None else None
