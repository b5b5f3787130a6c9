"""Validation rules for the identifiers of a reporting unit."""

from collections.abc import Iterator

from miernik_shared.problems import FieldError
from miernik_shared.values.organisation_numbers import is_nip, is_regon


def check_identifiers(nip: str | None, regon: str | None) -> Iterator[FieldError]:
    """Yield an error for a NIP or REGON with a wrong check digit."""
    if nip is not None and not is_nip(nip):
        yield FieldError("/nip", "nip_invalid")
    if regon is not None and not is_regon(regon):
        yield FieldError("/regon", "regon_invalid")
