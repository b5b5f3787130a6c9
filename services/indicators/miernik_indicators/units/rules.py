"""Rules for the identifiers of a reporting unit."""

from collections.abc import Iterator

from stdnum.pl import nip as nip_number
from stdnum.pl import regon as regon_number

from miernik_shared.problems import FieldError


def identifier_faults(nip: str | None, regon: str | None) -> Iterator[FieldError]:
    """Check digits of NIP and REGON. The library lets all zeros pass, so these are refused here."""
    if nip is not None and (not nip_number.is_valid(nip) or not nip.strip("0")):
        yield FieldError("/nip", "nip_invalid")
    if regon is not None and (not regon_number.is_valid(regon) or not regon.strip("0")):
        yield FieldError("/regon", "regon_invalid")
