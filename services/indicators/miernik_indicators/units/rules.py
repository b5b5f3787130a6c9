"""Validation rules for the identifiers and the active days of a reporting unit."""

from collections.abc import Callable, Iterator
from datetime import date

from miernik_shared.problems import FieldError
from miernik_shared.values.organisation_numbers import (
    is_nip,
    is_regon,
    is_rounded_by_spreadsheet,
    restore_nip,
    restore_regon,
)
from miernik_shared.values.plausible_days import LATEST, PlausibleDays

ACTIVE_DAYS = PlausibleDays(date(1918, 11, 11), LATEST)
"""Days on which a unit may open or close: a nursing home may be older than its voivodeship, but not than the state."""


def check_identifiers(nip: str | None, regon: str | None) -> Iterator[FieldError]:
    """Yield an error for a NIP or REGON with a wrong check digit."""
    if nip is not None and not is_nip(nip):
        yield _describe_fault("/nip", nip, restore_nip, "nip_invalid")
    if regon is not None and not is_regon(regon):
        yield _describe_fault("/regon", regon, restore_regon, "regon_invalid")


def check_active_days(active_from: date, active_to: date | None) -> Iterator[FieldError]:
    """Yield an error for an impossible day, and for a unit that closes before it opens."""
    yield from ACTIVE_DAYS.find_faults({"/active_from": active_from, "/active_to": active_to})
    if active_to is not None and active_to < active_from:
        yield FieldError("/active_to", "unit_closes_before_it_opens", {"active_from": active_from.isoformat()})


def _describe_fault(pointer: str, number: str, restore: Callable[[str], str | None], code: str) -> FieldError:
    shown = {"row": "–", "seen": number}
    if is_rounded_by_spreadsheet(number):
        return FieldError(pointer, code, shown, sentence="number_rounded_by_spreadsheet")
    if restored := restore(number):
        hint = shown | {"expected": restored}
        return FieldError(pointer, code, hint, sentence="number_changed_by_spreadsheet")
    return FieldError(pointer, code)
