"""Rules that accept a territory code on a day or say what is wrong with it, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from miernik_shared.problems import FieldError
from miernik_shared.values.offices import OFFICES
from miernik_shared.values.teryt import REPORTING_KINDS, LostLeadingZero, TerritoryCode

_WITHOUT_ZERO = 6
"""Digits of a gmina's code with its kind, after a spreadsheet has dropped the leading zero of the seven."""


@dataclass(frozen=True, slots=True)
class TerritoryEntry:
    """One entry of the register; ``valid_to`` is the first day on which it is no longer in force."""

    code: str
    kind: str
    level: str
    name: str
    valid_from: date
    valid_to: date | None

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a gmina, a district or a delegatura."""
        return self.kind != "" and self.kind not in REPORTING_KINDS

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def __str__(self) -> str:
        return self.code + self.kind


@dataclass(frozen=True, slots=True)
class WrittenCode:
    """Text that was sent as a territory code.

    ``code`` is None for a text that is none. ``restored`` is the code that it would be if it had lost its leading zero.
    """

    code: TerritoryCode | None
    restored: TerritoryCode | None

    @classmethod
    def parse(cls, text: str) -> "WrittenCode":
        """Parse a text. Never raises."""
        try:
            code = TerritoryCode.parse(text)
        except LostLeadingZero as error:
            return cls(None, _parse_or_none(error.restored))
        except ValueError:
            return cls(None, None)
        digits = str(code)
        shortened = len(digits) == _WITHOUT_ZERO
        return cls(code, _parse_or_none(f"0{digits}") if shortened else None)

    @property
    def keys(self) -> list[str]:
        """Keys to look up in the register."""
        return [one.code for one in (self.code, self.restored) if one is not None]


@dataclass(frozen=True, slots=True)
class RegisterExtract:
    """Part of a register that decides about one code: its entries, and the voivodeships that the register has.

    No voivodeship means that no register was ever imported.
    """

    entries: Sequence[TerritoryEntry]
    voivodeships: Sequence[str] = ()
    successors: Sequence[TerritoryEntry] = ()
    """Entries that may continue an ended one: of the same name and level, in force since it ended."""

    def of(self, code: TerritoryCode | None) -> list[TerritoryEntry]:
        """Entries of a code, of any kind and day."""
        return [entry for entry in self.entries if code is not None and entry.code == code.code]

    def whole(self, code: TerritoryCode | None) -> list[TerritoryEntry]:
        """Entries of the whole voivodeship, powiat or gmina, of any kind and day."""
        return [entry for entry in self.of(code) if not entry.is_part]

    def has(self, code: TerritoryCode | None) -> bool:
        """Whether the code, with its kind if that is given, is or was in the register."""
        return any(entry.kind == code.kind or not code.kind for entry in self.of(code)) if code else False


def key_of(text: str) -> str | None:
    """Key of the territory that a text names, without the kind of a gmina; None for a text that is no code."""
    code = WrittenCode.parse(text).code
    return code.code if code else None


def find_last_entry(written: WrittenCode, extract: RegisterExtract) -> TerritoryEntry | None:
    """Entry of the code that ended last."""
    ended = [entry for entry in extract.whole(written.code) if entry.valid_to is not None]
    return max(ended, key=lambda entry: entry.valid_from, default=None)


def is_accepted(written: WrittenCode, extract: RegisterExtract, day: date | None) -> bool:
    """Whether the register has the code in force on a day; without a day, whether it ever had it.

    A gmina may be named by any kind that it ever had: it keeps its six digits when a village becomes a town.
    """
    if not _matching(written.code, extract):
        return False
    return day is None or any(entry.holds_on(day) for entry in extract.whole(written.code))


def explain_refusal(written: WrittenCode, extract: RegisterExtract, day: date | None, pointer: str) -> list[FieldError]:
    """Error of a code that is not accepted; without any register only its form is checked."""
    if written.code is None:
        return [_explain_malformed(written, extract, pointer)]
    if not extract.voivodeships:
        return _check_form(written.code, written.restored, pointer)
    if not extract.of(written.code):
        return [_explain_absent(written.code, written.restored, extract, pointer)]
    if not _matching(written.code, extract):
        return [_explain_kind(written.code, extract.of(written.code), day, pointer)]
    return [_explain_day(written.code, extract, day, pointer)] if day is not None else []


def _parse_or_none(text: str) -> TerritoryCode | None:
    try:
        return TerritoryCode.parse(text)
    except ValueError:
        return None


def _matching(code: TerritoryCode | None, extract: RegisterExtract) -> list[TerritoryEntry]:
    """Entries of the kind that was given, else those of the whole gmina, powiat or voivodeship; never of a part."""
    if code is None or not code.is_reporting_kind:
        return []
    return [entry for entry in extract.whole(code) if code.kind in ("", entry.kind)]


def _is_plausible(code: TerritoryCode | None, extract: RegisterExtract) -> bool:
    if code is None or not code.is_reporting_kind:
        return False
    return extract.has(code) if extract.voivodeships else code.voivodeship in OFFICES


def _explain_malformed(written: WrittenCode, extract: RegisterExtract, pointer: str) -> FieldError:
    if _is_plausible(written.restored, extract):
        return _lost_zero(written.restored, pointer)
    return FieldError(pointer, "territory_malformed")


def _check_form(code: TerritoryCode, restored: TerritoryCode | None, pointer: str) -> list[FieldError]:
    if code.voivodeship not in OFFICES:
        return [_explain_voivodeship(code, restored, RegisterExtract(()), OFFICES, pointer)]
    return [] if code.is_reporting_kind else [_kind_unknown(code, pointer)]


def _explain_absent(
    code: TerritoryCode, restored: TerritoryCode | None, extract: RegisterExtract, pointer: str
) -> FieldError:
    if code.voivodeship not in extract.voivodeships:
        return _explain_voivodeship(code, restored, extract, extract.voivodeships, pointer)
    if _is_plausible(restored, extract):
        return _lost_zero(restored, pointer)
    return FieldError(pointer, "territory_unknown", {"code": str(code)})


def _explain_voivodeship(
    code: TerritoryCode,
    restored: TerritoryCode | None,
    extract: RegisterExtract,
    known: Iterable[str],
    pointer: str,
) -> FieldError:
    if _is_plausible(restored, extract):
        return _lost_zero(restored, pointer)
    params = {"code": str(code), "voivodeship": code.voivodeship, "expected": ", ".join(known)}
    if code.voivodeship in OFFICES:
        return FieldError(pointer, "territory_unknown", params, sentence="territory_voivodeship_not_imported")
    return FieldError(pointer, "territory_voivodeship_unknown", params)


def _explain_kind(code: TerritoryCode, entries: Sequence[TerritoryEntry], day: date | None, pointer: str) -> FieldError:
    whole = [entry for entry in entries if not entry.is_part]
    if not whole or any(entry.kind == code.kind and entry.is_part for entry in entries):
        return FieldError(pointer, "territory_is_a_part", {"code": str(code)})
    in_force = [entry for entry in whole if day is None or entry.holds_on(day)]
    expected = ", ".join(dict.fromkeys(str(entry) for entry in in_force or whole))
    return FieldError(pointer, "territory_of_other_kind", {"code": str(code), "expected": expected})


def _explain_day(code: TerritoryCode, extract: RegisterExtract, day: date, pointer: str) -> FieldError:
    entries, on = extract.whole(code), day.isoformat()
    begun = [entry for entry in entries if entry.valid_from <= day]
    if not begun:
        first = min(entry.valid_from for entry in entries).isoformat()
        return FieldError(pointer, "territory_not_yet", {"code": str(code), "on": on, "valid_from": first})
    ended = max(entry.valid_to for entry in begun if entry.valid_to is not None).isoformat()
    described = {"code": str(code), "on": on, "valid_to": ended}
    # Only one of the same name can be meant: gminy of one name are many, and a code that ended may have been divided.
    others = {str(entry) if code.kind else entry.code for entry in extract.successors if not entry.is_part}
    if len(others) != 1:
        return FieldError(pointer, "territory_ended", described)
    continued = described | {"successor": others.pop()}
    return FieldError(pointer, "territory_ended", continued, sentence="territory_continued")


def _lost_zero(restored: TerritoryCode | None, pointer: str) -> FieldError:
    return FieldError(pointer, "territory_lost_zero", {"expected": str(restored)})


def _kind_unknown(code: TerritoryCode, pointer: str) -> FieldError:
    return FieldError(pointer, "territory_kind_unknown", {"kind": code.kind})
