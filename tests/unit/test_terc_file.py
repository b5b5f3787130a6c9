"""The official TERC list: what is read from it and what is said about a wrong one."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_indicators.register.terc_file import (
    KIND_NAMES,
    TercEntry,
    TercFileError,
    TercFinding,
    read_terc,
)
from miernik_shared.formats.sorting import polish_sort_key

DEMO_REGION = Path(__file__).parents[2] / "deploy/local/miernik_local/demo_region/TERC_04_2020-01-01.csv"
HEADER = "WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA"
ROWS: tuple[str, ...] = (
    "04;;;;KUJAWSKO-POMORSKIE;województwo;2020-01-01",
    "04;19;;;żniński;powiat;2020-01-01",
    "04;19;02;2;Gąsawa;gmina wiejska;2020-01-01",
    "04;19;04;3;Łabiszyn;gmina miejsko-wiejska;2020-01-01",
    "04;19;04;4;Łabiszyn;miasto;2020-01-01",
    "04;19;04;5;Łabiszyn;obszar wiejski;2020-01-01",
    "04;63;;;Toruń;miasto na prawach powiatu;2020-01-01",
    "04;63;01;1;Toruń;gmina miejska;2020-01-01",
)


def terc(*rows: str, header: str = HEADER, line_end: str = "\r\n", bom: bool = True) -> bytes:
    text = "".join(f"{line}{line_end}" for line in (header, *rows))
    return text.encode("utf-8-sig" if bom else "utf-8")


def findings(content: bytes) -> list[TercFinding]:
    with pytest.raises(TercFileError) as refusal:
        read_terc(content)
    return list(refusal.value.findings)


def with_row(number: int, row: str) -> bytes:
    """The sample with the row that a reader sees as `number` (the header is 1) replaced."""
    rows: list[str] = list(ROWS)
    rows[number - 2] = row
    return terc(*rows)


@pytest.mark.parametrize("header", [HEADER, HEADER.replace("NAZWA_DOD", "NAZDOD")])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
@pytest.mark.parametrize("bom", [True, False])
def test_every_official_form_of_the_file_is_read(header: str, line_end: str, bom: bool) -> None:
    read = read_terc(terc(*ROWS, header=header, line_end=line_end, bom=bom))

    assert read.as_of == date(2020, 1, 1)
    assert read.entries == (
        TercEntry("04", "", "voivodeship", "kujawsko-pomorskie", "województwo"),
        TercEntry("0419", "", "powiat", "żniński", "powiat"),
        TercEntry("041902", "2", "gmina", "Gąsawa", "gmina wiejska"),
        TercEntry("041904", "3", "gmina", "Łabiszyn", "gmina miejsko-wiejska"),
        TercEntry("041904", "4", "gmina", "Łabiszyn", "miasto"),
        TercEntry("041904", "5", "gmina", "Łabiszyn", "obszar wiejski"),
        TercEntry("0463", "", "powiat", "Toruń", "miasto na prawach powiatu"),
        TercEntry("046301", "1", "gmina", "Toruń", "gmina miejska"),
    )


def test_letters_in_two_pieces_are_put_together() -> None:
    content = unicodedata.normalize("NFD", terc(*ROWS).decode()).encode()

    assert content != terc(*ROWS)
    assert read_terc(content) == read_terc(terc(*ROWS))


def test_empty_lines_are_passed_over_but_counted() -> None:
    assert len(read_terc(terc(*ROWS, "")).entries) == len(ROWS)
    assert [finding.row for finding in findings(terc(ROWS[0], "", "04;19;;;;powiat;2020-01-01"))] == [4]


GASAWA = "Gąsawa;gmina wiejska;2020-01-01"
GMINA_KINDS = "1, 2, 3, 4, 5, 8, 9"


@pytest.mark.parametrize(
    ("row", "column", "code", "params"),
    [
        (f"4;19;02;2;{GASAWA}", "WOJ", "bad_code", {"value": "4", "expected": "04"}),
        (f";19;02;2;{GASAWA}", "WOJ", "bad_code", {"value": ""}),
        (f"04;;02;2;{GASAWA}", "POW", "bad_code", {"value": ""}),
        (f"04;19;2;2;{GASAWA}", "GMI", "bad_code", {"value": "2", "expected": "02"}),
        (f"04;19;00;2;{GASAWA}", "GMI", "bad_code", {"value": "00"}),
        (f"04;19;x2;2;{GASAWA}", "GMI", "bad_code", {"value": "x2"}),
        (f"04;19;02;7;{GASAWA}", "RODZ", "bad_kind", {"value": "7", "expected": GMINA_KINDS}),
        (f"04;19;02;;{GASAWA}", "RODZ", "bad_kind", {"value": "", "expected": GMINA_KINDS}),
        ("04;20;;2;Gąsawa;powiat;2020-01-01", "RODZ", "bad_kind", {"value": "2", "expected": ""}),
        (
            "04;19;02;2;Gąsawa;gmina miejska;2020-01-01",
            "NAZWA_DOD",
            "bad_kind",
            {"value": "gmina miejska", "expected": "gmina wiejska"},
        ),
        ("04;19;02;2; ;gmina wiejska;2020-01-01", "NAZWA", "missing_name", {"code": "041902"}),
        (
            "04;19;02;2;Gąsa\u200bwa;gmina wiejska;2020-01-01",
            "NAZWA",
            "unprintable_name",
            {"character": "U+200B", "position": "5"},
        ),
        ("04;19;02;2;Gąsawa;gmina wiejska;01.01.2020", "STAN_NA", "bad_date", {"value": "01.01.2020"}),
        ("04;19;02;2;Gąsawa;gmina wiejska;20200101", "STAN_NA", "bad_date", {"value": "20200101"}),
        ("04;19;02;2;Gąsawa;gmina wiejska;2020-02-30", "STAN_NA", "bad_date", {"value": "2020-02-30"}),
        (
            "04;19;02;2;Gąsawa;gmina wiejska;2019-01-01",
            "STAN_NA",
            "mixed_dates",
            {"value": "2019-01-01", "expected": "2020-01-01"},
        ),
        ("04;19;02;2;Gąsawa;gmina wiejska", None, "wrong_width", {"value": "6", "expected": "7"}),
        (f"04;18;02;2;{GASAWA}", None, "orphan_entry", {"code": "041802", "kind": "2", "parent": "0418"}),
        ("06;18;;;żniński;powiat;2020-01-01", None, "orphan_entry", {"code": "0618", "kind": "", "parent": "06"}),
        (
            "04;19;02;4;Gąsawa;miasto;2020-01-01",
            None,
            "orphan_entry",
            {"code": "041902", "kind": "4", "parent": "0419023"},
        ),
    ],
)
def test_one_wrong_row_gives_one_finding(row: str, column: str | None, code: str, params: dict[str, str]) -> None:
    assert findings(with_row(4, row)) == [TercFinding(4, column, code, params)]


def test_a_row_given_twice_is_named_with_the_row_it_repeats() -> None:
    params = {"code": "041904", "kind": "4", "first_row": "6"}
    assert findings(terc(*ROWS, ROWS[4])) == [TercFinding(10, None, "duplicate_entry", params)]


def test_a_gmina_cannot_stand_under_two_kinds() -> None:
    twice = findings(terc(*ROWS, "04;19;02;3;Gąsawa;gmina miejsko-wiejska;2020-01-01"))
    assert [(finding.row, finding.code) for finding in twice] == [(10, "duplicate_entry")]


def test_one_odd_first_date_does_not_spoil_the_others() -> None:
    odd = findings(with_row(2, ROWS[0].replace("2020-01-01", "2019-01-01")))
    assert [(finding.row, finding.code) for finding in odd] == [(2, "mixed_dates")]


def test_all_findings_come_at_once_in_the_order_of_rows() -> None:
    found = findings(
        terc(
            "04;;;;KUJAWSKO-POMORSKIE;województwo;2020-01-01",
            "4;1;;;;powiat;2020-01-01",
            "04;63;01;1;Toruń;gmina miejska;2020-01-01",
            "04;63;;;Toruń;miasto;2020-13-01",
            "04;64;01;1;Włocławek;gmina miejska;2019-12-31",
            "too;short",
        )
    )
    assert [(finding.row, finding.column, finding.code) for finding in found] == [
        (3, "WOJ", "bad_code"),
        (3, "POW", "bad_code"),
        (3, "NAZWA", "missing_name"),
        (5, "NAZWA_DOD", "bad_kind"),
        (5, "STAN_NA", "bad_date"),
        (6, "STAN_NA", "mixed_dates"),
        (6, None, "orphan_entry"),
        (7, None, "wrong_width"),
    ]


def test_another_encoding_is_refused_with_the_row_of_the_first_wrong_byte() -> None:
    text = "\r\n".join((HEADER, "04;;;;X;wojewodztwo;2020-01-01", "04;19;;;żniński;powiat;2020-01-01"))
    (finding,) = findings(text.encode("windows-1250"))

    assert finding == TercFinding(3, None, "wrong_encoding", {"expected": "UTF-8", "byte": "0xbf"})


@pytest.mark.parametrize(
    "content", [b"", b"WOJ,POW\n", terc(*ROWS, header=HEADER.lower()), terc(*ROWS[1:], header=ROWS[0])]
)
def test_another_header_is_refused(content: bytes) -> None:
    (finding,) = findings(content)
    assert (finding.row, finding.code, finding.params["expected"]) == (1, "unknown_header", HEADER)


def test_a_header_alone_is_refused() -> None:
    assert findings(terc()) == [TercFinding(1, None, "no_entries")]


def test_a_cell_without_end_is_refused() -> None:
    assert [finding.code for finding in findings(terc('04;;;;"' + "x" * 200_000))] == ["unreadable_row"]


@given(st.binary(max_size=200) | st.text(alphabet='04;19"\r\nŁa-', max_size=80).map(lambda text: terc(text)))
def test_rubbish_is_refused_with_findings_and_never_fails_otherwise(content: bytes) -> None:
    found = findings(content)

    assert found
    assert all(finding.row >= 1 for finding in found)


NAMES = st.text(alphabet="abcćęłńóśźżŁŻ -", min_size=1, max_size=12).map(str.strip).filter(bool)
REPORTING = [(kind, name) for (_, kind), names in KIND_NAMES.items() if kind in ("1", "2", "3") for name in names]


@st.composite
def registers(draw: st.DrawFn) -> list[TercEntry]:
    entries = [TercEntry("04", "", "voivodeship", draw(NAMES).lower(), "województwo")]
    for powiat in sorted(draw(st.sets(st.integers(1, 99), max_size=3))):
        code = f"04{powiat:02d}"
        entries.append(TercEntry(code, "", "powiat", draw(NAMES), "powiat"))
        for gmina in sorted(draw(st.sets(st.integers(1, 99), max_size=3))):
            kind, kind_name = draw(st.sampled_from(REPORTING))
            entries.append(TercEntry(f"{code}{gmina:02d}", kind, "gmina", draw(NAMES), kind_name))
    return entries


def write_entry(entry: TercEntry, as_of: date) -> str:
    name = entry.name.upper() if entry.level == "voivodeship" else entry.name
    cells = (entry.code[:2], entry.code[2:4], entry.code[4:], entry.kind, name, entry.kind_name, as_of.isoformat())
    return ";".join(cells)


@given(registers(), st.dates(), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_a_register_survives_writing_and_reading(
    entries: list[TercEntry], as_of: date, bom: bool, line_end: str
) -> None:
    read = read_terc(terc(*(write_entry(entry, as_of) for entry in entries), bom=bom, line_end=line_end))
    assert (read.as_of, list(read.entries)) == (as_of, entries)


# --- the real register of the demo region ---


def test_the_demo_region_is_the_whole_voivodeship() -> None:
    read = read_terc(DEMO_REGION.read_bytes())
    assert read.as_of == date(2020, 1, 1)
    assert len(read.entries) == 238
    assert [entry.name for entry in read.entries if entry.level == "voivodeship"] == ["kujawsko-pomorskie"]
    powiaty = [entry for entry in read.entries if entry.level == "powiat"]
    assert len(powiaty) == 23
    cities = [entry.name for entry in powiaty if entry.kind_name == "miasto na prawach powiatu"]
    assert cities == ["Bydgoszcz", "Grudziądz", "Toruń", "Włocławek"]
    kinds = [entry.kind for entry in read.entries if entry.level == "gmina"]
    assert {kind: kinds.count(kind) for kind in kinds} == {"1": 17, "2": 92, "3": 35, "4": 35, "5": 35}


def test_the_demo_region_sorts_in_polish() -> None:
    gminy = [entry for entry in read_terc(DEMO_REGION.read_bytes()).entries if entry.kind in ("1", "2", "3")]
    in_order = sorted((entry.name for entry in gminy), key=polish_sort_key)

    assert len(in_order) == 144
    assert in_order[-1] == "Żnin"
    assert in_order.index("Lubicz") < in_order.index("Łabiszyn") < in_order.index("Mogilno")


def test_the_demo_region_keeps_the_official_form() -> None:
    content = DEMO_REGION.read_bytes()

    assert content.startswith(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 239
