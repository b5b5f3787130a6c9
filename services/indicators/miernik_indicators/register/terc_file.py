"""Parser of the official TERC file of the statistical office: CSV, `;`, UTF-8, one row per territory.

Columns: WOJ, POW, GMI (two digits each, empty above the level of the row), RODZ (kind of gmina), NAZWA (name),
NAZWA_DOD or NAZDOD (name of the kind), STAN_NA (the day that the whole file describes).
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from miernik_indicators.register.other_files import is_address_variant, name_list
from miernik_shared.uploads.encodings import recognise_wide_encoding
from miernik_shared.values.identity import find_refused_character
from miernik_shared.values.personal_numbers import holds_personal_number
from miernik_shared.values.teryt import Level

_LONGEST_HEADER = 300
"""Maximum number of characters of a wrong header that a finding repeats."""
HEADERS = (
    ("WOJ", "POW", "GMI", "RODZ", "NAZWA", "NAZWA_DOD", "STAN_NA"),
    ("WOJ", "POW", "GMI", "RODZ", "NAZWA", "NAZDOD", "STAN_NA"),
)
# Valid values of NAZWA_DOD by level and RODZ.
KIND_NAMES: dict[tuple[Level, str], tuple[str, ...]] = {
    ("voivodeship", ""): ("województwo",),
    ("powiat", ""): ("powiat", "miasto na prawach powiatu", "miasto stołeczne, na prawach powiatu"),
    ("gmina", "1"): ("gmina miejska", "gmina miejska, miasto stołeczne"),
    ("gmina", "2"): ("gmina wiejska",),
    ("gmina", "3"): ("gmina miejsko-wiejska",),
    ("gmina", "4"): ("miasto",),
    ("gmina", "5"): ("obszar wiejski",),
    ("gmina", "8"): ("dzielnica",),
    ("gmina", "9"): ("delegatura",),
}
_URBAN_RURAL = "3"
_PARTS_OF_URBAN_RURAL = ("4", "5")


@dataclass(frozen=True, slots=True)
class TercEntry:
    """Row of the file: `code` of 2, 4 or 6 digits, `kind` the RODZ digit of a gmina, `kind_name` as in NAZWA_DOD."""

    code: str
    kind: str
    level: Level
    name: str
    kind_name: str


@dataclass(frozen=True, slots=True)
class TercFile:
    """Parsed file: the register as of a day, in the order of the file."""

    as_of: date
    entries: tuple[TercEntry, ...]


@dataclass(frozen=True, slots=True)
class TercFinding:
    """Error in a cell or row. `row` counts from 1, the header; `column` is None for a whole row."""

    row: int
    column: str | None
    code: str
    params: dict[str, str] = field(default_factory=dict[str, str])


class TercFileError(ValueError):
    """Invalid file, with all its findings by row."""

    def __init__(self, findings: Iterable[TercFinding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.row))
        super().__init__(f"TERC file with {len(self.findings)} findings, the first: {self.findings[0]}")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    woj: str
    pow: str
    gmi: str
    kind: str
    name: str
    kind_name: str
    as_of: str

    @property
    def code(self) -> str:
        return self.woj + self.pow + self.gmi

    @property
    def level(self) -> Level:
        if self.gmi:
            return "gmina"
        return "powiat" if self.pow else "voivodeship"


def read_terc(content: bytes) -> TercFile:
    """Parse the official file, with or without BOM, with CRLF or LF; empty lines are skipped.

    Names of voivodeships are in capitals in the file and become lower case (`kujawsko-pomorskie`).
    Raises `TercFileError` with all findings: `other_file`, `address_variant`, `wrong_encoding`, `unknown_header`,
    `no_entries`, `cut_off` and `unreadable_row` stop the parser; `wrong_width`, `bad_code`, `bad_kind`,
    `missing_name`, `unprintable_name`, `personal_number`, `bad_date`, `mixed_dates`, `duplicate_entry` and
    `orphan_entry` are collected over all rows.
    """
    findings: list[TercFinding] = []
    text = _decode_content(content)
    records = _parse_records(text)
    _refuse_cut_off(text, records)
    collected = _collect_rows(records, findings)
    _refuse_address_variant(collected)
    findings += [finding for row in collected for finding in _find_personal_numbers(row)]
    # Nothing else of such a row is reported: messages repeat its code, which is made of three cells.
    rows = [row for row in collected if not any(_find_personal_numbers(row))]
    coded: list[_Row] = []
    for row in rows:
        wrong_codes = _check_codes(row)
        coded += [] if wrong_codes else [row]
        findings += [*wrong_codes, *_check_kind(row), *_check_name(row)]
    findings += [*_check_dates(rows), *_find_duplicates(coded), *_find_orphans(coded)]
    if findings:
        raise TercFileError(findings)
    return TercFile(date.fromisoformat(rows[0].as_of), tuple(_to_entry(row) for row in rows))


def _refuse_cut_off(text: str, records: list[list[str]]) -> None:
    """Refuse a file that ends inside its last row: a whole file ends with a line break or at least a whole row."""
    if text.endswith(("\n", "\r")) or len(records) < 2 or not text.strip():
        return
    header, last = records[0], records[-1]
    if tuple(header) in HEADERS and any(last) and (len(last) < len(header) or not _is_day(last[-1])):
        raise TercFileError([TercFinding(len(records), None, "cut_off")])


def _refuse_address_variant(rows: list[_Row]) -> None:
    if is_address_variant({(row.kind, row.kind_name) for row in rows}):
        raise TercFileError([TercFinding(1, None, "address_variant")])


def _decode_content(content: bytes) -> str:
    try:
        text = content.decode(recognise_wide_encoding(content) or "utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        if error.end == len(error.object) and error.reason == "unexpected end of data":
            raise TercFileError([TercFinding(row, None, "cut_off")]) from error
        params = {"expected": "UTF-8", "byte": f"0x{error.object[error.start]:02x}"}
        raise TercFileError([TercFinding(row, None, "wrong_encoding", params)]) from error
    return unicodedata.normalize("NFC", text)


def _parse_records(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        return [[cell.strip() for cell in record] for record in reader]
    except csv.Error as error:
        finding = TercFinding(reader.line_num, None, "unreadable_row", {"reason": str(error)})
        raise TercFileError([finding]) from error


def _collect_rows(records: list[list[str]], findings: list[TercFinding]) -> list[_Row]:
    header = records[0] if records else []
    if tuple(header) not in HEADERS:
        if (name := name_list(header)) is not None:
            raise TercFileError([TercFinding(1, None, "other_file", {"file": name})])
        params = {"value": ";".join(header)[:_LONGEST_HEADER], "expected": ";".join(HEADERS[0])}
        raise TercFileError([TercFinding(1, None, "unknown_header", params)])
    rows: list[_Row] = []
    for number, record in enumerate(records[1:], start=2):
        if len(record) == len(header):
            rows.append(_Row(number, *record))
        elif record:
            params = {"value": str(len(record)), "expected": str(len(header))}
            findings.append(TercFinding(number, None, "wrong_width", params))
    if not rows and not findings:
        raise TercFileError([TercFinding(1, None, "no_entries")])
    return rows


def _check_codes(row: _Row) -> list[TercFinding]:
    cells = (("WOJ", row.woj, True), ("POW", row.pow, bool(row.gmi)), ("GMI", row.gmi, False))
    return [
        TercFinding(row.number, column, "bad_code", _code_params(value))
        for column, value, needed in cells
        if (value or needed) and (value == "00" or not re.fullmatch("[0-9]{2}", value))
    ]


def _code_params(value: str) -> dict[str, str]:
    if re.fullmatch("[1-9]", value):
        return {"value": value, "expected": f"0{value}"}
    return {"value": value}


def _check_kind(row: _Row) -> Iterator[TercFinding]:
    names = KIND_NAMES.get((row.level, row.kind))
    if names is None:
        kinds = ", ".join(kind for level, kind in KIND_NAMES if level == row.level)
        yield TercFinding(row.number, "RODZ", "bad_kind", {"value": row.kind, "expected": kinds})
    elif row.kind_name not in names:
        yield TercFinding(row.number, "NAZWA_DOD", "bad_kind", {"value": row.kind_name, "expected": " | ".join(names)})


def _check_name(row: _Row) -> Iterator[TercFinding]:
    if not row.name:
        yield TercFinding(row.number, "NAZWA", "missing_name", {"code": row.code})
    elif found := find_refused_character(row.name):
        params = {"character": found.code, "position": str(found.position)}
        yield TercFinding(row.number, "NAZWA", "unprintable_name", params)


def _find_personal_numbers(row: _Row) -> Iterator[TercFinding]:
    cells = (row.woj, row.pow, row.gmi, row.kind, row.name, row.kind_name, row.as_of)
    for column, cell in zip(HEADERS[0], cells, strict=True):
        if holds_personal_number(cell) or holds_personal_number(cell.lstrip("0")):
            yield TercFinding(row.number, column, "personal_number")


def _check_dates(rows: list[_Row]) -> Iterator[TercFinding]:
    days = Counter(row.as_of for row in rows if _is_day(row.as_of))
    # The most frequent day: one deviating row must not make all the others findings.
    expected = days.most_common(1)[0][0] if days else ""
    for row in rows:
        if not _is_day(row.as_of):
            yield TercFinding(row.number, "STAN_NA", "bad_date", {"value": row.as_of})
        elif row.as_of != expected:
            yield TercFinding(row.number, "STAN_NA", "mixed_dates", {"value": row.as_of, "expected": expected})


def _is_day(text: str) -> bool:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _find_duplicates(rows: list[_Row]) -> Iterator[TercFinding]:
    first_row: dict[tuple[str, str], int] = {}
    for row in rows:
        # A gmina is urban, rural or urban-rural, so these three kinds share a key; parts have their own.
        own_kind = row.kind if row.kind not in ("1", "2", "3") else "gmina"
        first = first_row.setdefault((row.code, own_kind), row.number)
        if first != row.number:
            params = {"code": row.code, "kind": row.kind, "first_row": str(first)}
            yield TercFinding(row.number, None, "duplicate_entry", params)


def _find_orphans(rows: list[_Row]) -> Iterator[TercFinding]:
    places = {(row.code, row.kind) for row in rows}
    for row in rows:
        parent = _parent_key(row)
        if parent is not None and parent not in places:
            params = {"code": row.code, "kind": row.kind, "parent": "".join(parent)}
            yield TercFinding(row.number, None, "orphan_entry", params)


def _parent_key(row: _Row) -> tuple[str, str] | None:
    if row.level == "voivodeship":
        return None
    if row.level == "powiat":
        return row.woj, ""
    if row.kind in _PARTS_OF_URBAN_RURAL:
        return row.code, _URBAN_RURAL
    return row.woj + row.pow, ""


def _to_entry(row: _Row) -> TercEntry:
    name = row.name.lower() if row.level == "voivodeship" else row.name
    return TercEntry(row.code, row.kind, row.level, name, row.kind_name)
