"""Territory codes on a day: accepted, or refused with what is wrong and what was probably meant."""

from __future__ import annotations

from datetime import date

import pytest

from miernik_shared.problems import FieldError
from miernik_shared.territories.codes import (
    RegisterExtract,
    TerritoryEntry,
    WrittenCode,
    explain_refusal,
    find_last_entry,
    is_accepted,
)

START, CHANGE, TODAY = date(1999, 1, 1), date(2015, 1, 1), date(2020, 6, 1)


def entry(code: str, name: str, begins: date = START, ends: date | None = None) -> TerritoryEntry:
    level = {2: "voivodeship", 4: "powiat"}.get(len(code[:6]), "gmina")
    return TerritoryEntry(code[:6], code[6:], level, name, begins, ends)


REGISTER = (
    entry("04", "kujawsko-pomorskie"), entry("0408", "lipnowski"), entry("0402011", "Brodnica"),
    entry("0408022", "Bobrowniki", ends=CHANGE), entry("0408023", "Bobrowniki", CHANGE),
    entry("0408024", "Bobrowniki", CHANGE), entry("0408025", "Bobrowniki", CHANGE),
    entry("0419022", "Gąsawa", ends=CHANGE), entry("0420022", "Gąsawa", CHANGE),
    entry("0419032", "Rogowo", ends=CHANGE), entry("0421012", "Nowa Wieś", CHANGE),
    entry("0201011", "Bolesławiec"),
)  # fmt: skip


def errors(text: str, day: date | None = TODAY, register: tuple[TerritoryEntry, ...] = REGISTER) -> list[FieldError]:
    """Errors of a code, as a service finds them."""
    written = WrittenCode.parse(text)
    voivodeships = sorted({one.code[:2] for one in register})
    extract = RegisterExtract([one for one in register if one.code in written.keys], voivodeships)
    last = find_last_entry(written, extract)
    successors = [one for one in register if last and (one.name, one.valid_from) == (last.name, last.valid_to)]
    extract = RegisterExtract(extract.entries, voivodeships, [one for one in successors if one.code != last.code])
    return [] if is_accepted(written, extract, day) else explain_refusal(written, extract, day, "/territory")


@pytest.mark.parametrize(
    "text", ["04", "0408", "040201", "0402011", "040201_1", " 0408023 ", "0408022", "040802", "0421012"]
)
def test_code_in_force_on_the_day_is_accepted(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize("text", ["0408022", "041903", "0419032", "0408023"])
def test_code_that_ever_was_in_force_passes_as_a_filter(text: str) -> None:
    assert errors(text, None) == []


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("049901", "territory_unknown", {"code": "049901"}),
        ("0499011", "territory_unknown", {"code": "0499011"}),
        ("0499", "territory_unknown", {"code": "0499"}),
        ("402011", "territory_lost_zero", {"expected": "0402011"}),
        ("40201", "territory_lost_zero", {"expected": "040201"}),
        ("402011_1", "territory_voivodeship_unknown", {"voivodeship": "40"}),
        ("408", "territory_lost_zero", {"expected": "0408"}),
        ("4", "territory_lost_zero", {"expected": "04"}),
        ("408022", "territory_lost_zero", {"expected": "0408022"}),
        ("201011", "territory_lost_zero", {"expected": "0201011"}),
        ("201012", "territory_unknown", {"code": "201012"}),
        ("99901", "territory_malformed", {}),
        ("9999999", "territory_voivodeship_unknown", {"voivodeship": "99", "expected": "02, 04"}),
        ("1465011", "territory_unknown", {"voivodeship": "14", "expected": "02, 04"}),
        ("0402012", "territory_of_other_kind", {"expected": "0402011"}),
        ("0402019", "territory_of_other_kind", {"expected": "0402011"}),
        ("0408024", "territory_is_a_part", {"code": "0408024"}),
        ("041902", "territory_ended", {"valid_to": "2015-01-01", "successor": "042002"}),
        ("0419022", "territory_ended", {"successor": "0420022"}),
        ("041903", "territory_ended", {"valid_to": "2015-01-01", "on": "2020-06-01"}),
        ("Toruń", "territory_malformed", {}),
        ("", "territory_malformed", {}),
    ],
)
def test_code_that_is_not_in_force_is_explained(text: str, code: str, params: dict[str, str]) -> None:
    (error,) = errors(text)

    assert (error.pointer, error.code) == ("/territory", code)
    assert params.items() <= dict(error.params).items()


def test_code_before_its_first_day_is_explained() -> None:
    (error,) = errors("0421012", date(2014, 12, 31))

    assert (error.code, error.params["valid_from"]) == ("territory_not_yet", "2015-01-01")
    assert errors("0421012", CHANGE) == []


def test_last_day_of_a_code_is_the_one_before_its_end() -> None:
    assert errors("041903", date(2014, 12, 31)) == []
    assert [error.code for error in errors("041903", CHANGE)] == ["territory_ended"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("04", []), ("0463", []), ("046301", []), ("0463011", []), ("040201_1", []), ("3262011", []), ("201011", []),
        ("46301", ["territory_lost_zero"]), ("463011", ["territory_lost_zero"]), ("463", ["territory_lost_zero"]),
        ("4", ["territory_lost_zero"]), ("9999999", ["territory_voivodeship_unknown"]),
        ("0363011", ["territory_voivodeship_unknown"]), ("999999", ["territory_voivodeship_unknown"]),
        ("463019", ["territory_voivodeship_unknown"]), ("99999", ["territory_malformed"]),
        ("00", ["territory_malformed"]), ("0463019", ["territory_kind_unknown"]),
        ("0463018", ["territory_kind_unknown"]), ("0463010", ["territory_malformed"]),
        ("04630111", ["territory_malformed"]), ("Toruń", ["territory_malformed"]), ("", ["territory_malformed"]),
        ("0400", ["territory_malformed"]),
    ],
)  # fmt: skip
def test_without_a_register_only_the_form_of_a_code_counts(text: str, codes: list[str]) -> None:
    assert [error.code for error in errors(text, register=())] == codes
