"""Files as offices' programs write them: what is read, what is passed over and named, and what is refused in words."""

from __future__ import annotations

import gzip
import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from tests.support.builders.personal_numbers import made_up_pesel

from miernik_calls.application_imports.columns import APPLICATIONS
from miernik_indicators.submissions.columns import RETURN
from miernik_shared.problems import Problem
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.media import RawTable, read_table

LISTS = Path(__file__).parents[1] / "fixtures/lists"
CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
MARK = b"\xef\xbb\xbf"


def read(text: str | bytes, shape: TableShape = APPLICATIONS, media_type: str = CSV) -> RawTable:
    return read_table(shape, text.encode() if isinstance(text, str) else text, media_type, None)


def refusal(text: str | bytes, shape: TableShape = APPLICATIONS, media_type: str = CSV) -> Problem:
    with pytest.raises(Problem) as refused:
        read(text, shape, media_type)
    return refused.value


def passed_over(table: RawTable) -> list[tuple[int, int, str]]:
    return [(run.first, run.last, run.reason.removeprefix("passed_over_")) for run in table.reading.rows]


@pytest.mark.parametrize(
    "heading",
    ["numer\nwniosku", "NUMER  WNIOSKU", "numer\u00a0wniosku", " Numer wniosku: ", "Numer wniosku*", "numer_wniosku",
     "nu\u00admer wniosku", "numer wnio-\nsku", "\ufeffNumer wniosku"],
)  # fmt: skip
def test_heading_in_any_spelling_is_recognised(heading: str) -> None:
    assert read(f'"{heading}";"tytuł"\nWND-1/11;x\n').frame.rows() == [(2, "WND-1/11", "x")]
    for content, media_type in (
        (json.dumps({"rows": [{heading: "WND-1/11", "Tytuł": "x"}]}), JSON),
        (json.dumps({heading: "WND-1/11", "TYTUŁ": "x"}), NDJSON),
    ):
        frame = read(content, media_type=media_type).frame
        assert frame.select("number", "title").rows() == [("WND-1/11", "x")]


def test_regular_lines_with_polish_keys_take_the_fast_path() -> None:
    lines = "".join(f'{{"Wskaźnik":"7.1-{row}","wartość":"{row}","uwagi":"-"}}\n' for row in range(3))
    table = read(lines, RETURN, NDJSON)

    assert table.frame.rows() == [(row + 1, f"7.1-{row}", str(row)) for row in range(3)]
    assert [(one.heading, one.number) for one in table.reading.columns] == [("uwagi", 3)]
    assert table.absent == {}


TITLED = """Lista wniosków złożonych w konkursie

Lp.;Numer wniosku;Tytuł;Data złożenia;Wartość złożonego wniosku (zł);Uwagi
1;WND-1/11;Razem;2011-08-30;120 000,00;
2;WND-2/11;Osobno;2011-08-31;80 000,50;brak
;RAZEM;;;200 000,50;
;;;;;
* stan na 31.08.2011 r.
Źródło: SL2014;;;;;
"""


def test_titles_totals_notes_and_foreign_columns_are_passed_over_and_named() -> None:
    table = read(TITLED)

    assert table.frame.select("row_no", "number").rows() == [(4, "WND-1/11"), (5, "WND-2/11")]
    assert passed_over(table) == [
        (1, 1, "above_header"), (2, 2, "empty"), (6, 6, "total"), (7, 7, "empty"), (8, 9, "note"),
    ]  # fmt: skip
    assert [(one.number, one.heading) for one in table.reading.columns] == [(1, "Lp."), (6, "Uwagi")]
    assert (table.reading.header_row, table.reading.row_count, table.reading.column_count) == (3, 6, 2)
    assert table.findings == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("RAZEM;;;", "total"), ("Razem działanie 7.2;;;200 000,00", "total"), (";;Ogółem:;200 000,00", "total"),
        ("SUMA;;;5", "total"), ("numer wniosku;tytuł;data złożenia;wartość złożonego", "header_again"),
        (";Źródło: SL2014;;", "note"), ("Sporządził: A. Nowak;;;", "note"), ("*;stan na dzień wydruku;;", "note"),
        ("Strona 1 z 3;;;", "note"), ("Lista zatwierdzona przez Zarząd;;;", "note"), ("\u00a0;;;", "empty"),
    ],
)  # fmt: skip
def test_row_that_is_no_data_is_passed_over_wherever_it_stands(row: str, reason: str) -> None:
    header = "numer wniosku;tytuł;data złożenia;wartość złożonego\n"
    table = read(f"{header}A-1/11;x;2011-08-30;1\n{row}\nA-2/11;y;2011-08-30;1\n")

    assert table.frame["row_no"].to_list() == [2, 4]
    assert (passed_over(table), table.findings) == ([(3, 3, reason)], [])


@pytest.mark.parametrize(
    "row",
    [
        "WND-9/11;;;",
        "A-9;Razem;;",
        ";x;2011-08-30;1",
        "A;x;2011-08-30;1",
        "Projekt 1;x;;",
        ";;2011-08-30;",
        ";Razem;2011-08-30;1",
    ],
)
def test_row_that_looks_like_data_is_never_passed_over(row: str) -> None:
    table = read(f"numer wniosku;tytuł;data złożenia;wartość złożonego\n{row}\n")

    assert (table.frame.height, passed_over(table), table.findings) == (1, [], [])


@pytest.mark.parametrize(
    "row",
    [
        "Razem;x;2011-08-30;1",
        "Uwaga;x;2011-08-30;1",
        "Lista rezerwowa;;;",
        "Koniec naboru;y;2011-08-30;",
        "31.08.2011;;;",
    ],
)
def test_row_that_may_be_data_or_a_note_is_an_error(row: str) -> None:
    table = read(f"numer wniosku;tytuł;data złożenia;wartość złożonego\n{row}\n")
    (found,) = table.findings

    assert found.select("row_no", "column_name", "code").rows() == [(2, "number", "row_doubtful")]
    assert (table.frame.height, passed_over(table)) == (1, [])


def test_row_numbered_in_advance_is_empty() -> None:
    table = read("Lp.;numer wniosku;tytuł\n1;A-1/11;x\n2;;\n3;;\n4;;y\n")
    assert (table.frame["row_no"].to_list(), passed_over(table)) == ([2, 5], [(3, 4, "empty")])


def test_row_of_column_numbers_below_the_header_is_passed_over() -> None:
    table = read("numer wniosku;tytuł;data złożenia;wartość złożonego\n1;2;3;4\nA-1/11;x;2011-08-30;1\n")
    assert (table.frame["row_no"].to_list(), passed_over(table)) == ([3], [(2, 2, "column_numbers")])


def test_short_row_that_is_data_is_still_refused_beside_a_short_note() -> None:
    problem = refusal("number;title;node\nA-1;x;7.3\nA-2;y\nŹródło: SL2014\n")
    assert [(one.row, one.code) for one in problem.errors] == [(3, "row_width")]


def test_second_table_with_another_header_is_refused_with_its_row() -> None:
    problem = refusal("number;title\nA-1;x\n;\nTytuł;Numer wniosku\ny;A-2\n")
    assert [(one.row, one.code) for one in problem.errors] == [(4, "second_table")]


def test_data_above_the_header_are_refused_with_their_rows() -> None:
    problem = refusal("A-1/11;x\nA-2/11;y\nnumer wniosku;tytuł\nB-1/11;z\n")
    assert [(one.row, one.code) for one in problem.errors] == [(1, "data_above_header"), (2, "data_above_header")]


def test_best_of_several_headers_is_taken() -> None:
    table = read("Numer;WND-1\nnumer wniosku;tytuł\nA-1/11;x\n")
    assert (table.reading.header_row, table.frame.rows()) == (2, [(3, "A-1/11", "x")])


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("Tytl", "title"), ("data złozenie", "submitted_on"), ("submitted_value_eur", "submitted_value_pln"),
     ("Wnioskodawca - nazwa", "organisation")],
)  # fmt: skip
def test_misspelt_heading_is_refused_with_the_likely_column(heading: str, expected: str) -> None:
    problem = refusal(f"number;{heading}\nA-1;x\n")
    (error,) = problem.errors

    assert (problem.status, error.code, error.params["expected"]) == (422, "heading_misspelt", expected)
    assert error.params["heading"] == heading
    row = refusal(json.dumps({"rows": [{"number": "A-1"}, {"number": "A-2", heading: "x"}]}), media_type=JSON)
    assert [(one.row, one.code) for one in row.errors] == [(2, "heading_misspelt")]


def test_more_foreign_columns_than_any_office_has_are_refused() -> None:
    names = [f"kolumna {number}" for number in range(1200)]
    lines = "\n".join(json.dumps({"number": "A-1", name: "x"}) for name in names)
    for content, media_type in ((";".join(["number", *names]), CSV), (lines, NDJSON)):
        assert [one.code for one in refusal(content, media_type=media_type).errors] == ["columns_too_many"]


def test_two_keys_for_one_column_are_refused_only_in_one_object() -> None:
    rows = [{"number": "A-1"}, {"Numer": "A-2"}]
    assert read(json.dumps({"rows": rows}), media_type=JSON).frame["number"].to_list() == ["A-1", "A-2"]
    problem = refusal(json.dumps({"rows": [*rows, {"number": "A-3", "numer": "A-4"}]}), media_type=JSON)
    assert [(one.row, one.code) for one in problem.errors] == [(3, "column_repeated")]


@pytest.mark.parametrize(
    ("name", "charset", "row", "strange"),
    [("cst2021_lista.csv", None, 1, "Numer umowy/decyzji"), ("lista_ocena.csv", None, 1, "Nazwa Wnioskodawcy"),
     ("ESF_2014_2020_lista_projektow_head40_cp1250.csv", "windows-1250", 1, "Dofinansowanie z EU")],
)  # fmt: skip
def test_list_under_other_headings_is_refused_with_missing_and_unknown_ones(
    name: str, charset: str | None, row: int, strange: str
) -> None:
    with pytest.raises(Problem) as refused:
        read_table(APPLICATIONS, (LISTS / name).read_bytes(), CSV, charset)
    errors = {one.code: one for one in refused.value.errors}

    assert refused.value.code == "header_unknown"
    assert (errors["column_missing"].row, errors["column_missing"].column) == (row, "number")
    assert strange in errors["headings_unknown"].params["headings"].split(" | ")


@pytest.mark.parametrize("content", ["nr {place}", "x;{place};y", "Sporządził {place}"])
def test_personal_number_in_what_is_passed_over_is_found(content: str) -> None:
    text = content.format(place=made_up_pesel())
    files = [
        (f"{text}\nnumber;title\nA-1;x\n", 1), (f"number;title\nA-1;x\nŹródło: {text}\n", 3),
        (f'number;title;Opis\nA-1;x;"{text}"\n', 2), (f'number;"{text}"\nA-1;x\n', 1),
    ]  # fmt: skip
    for file, row in files:
        table = read(file)
        found = {one for finding in table.findings for one in finding.select("row_no", "code").rows()}
        assert found == {(row, "personal_number")}
        assert all(made_up not in str(table.reading.to_json()) for made_up in (text,))
    surplus = read(f'number;title\nA-1;x\nŹródło: y;;;"{text}"\n')
    assert [found["row_no"].to_list() for found in surplus.findings] == [[3]]
    beside = read(json.dumps({"rows": [{"number": "A-1"}], "opis": text}), media_type=JSON)
    assert [found["row_no"].to_list() for found in beside.findings] == [[1]]
    keyed = read(json.dumps({"rows": [{"number": "A-1", text: "x", "Opis": text}]}), media_type=JSON)
    assert {code for found in keyed.findings for code in found["code"]} == {"personal_number"}


def zipped(name: str, content: bytes = b"x") -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (zipped("xl/workbook.xml"), "XLSX"), (zipped("list.csv"), "ZIP"),
        (zipped("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), "ODS"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), "XLS"), (b"%PDF-1.7\n", "PDF"),
        (gzip.compress(b"number\nA-1\n", mtime=0), "gzip"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"{\\rtf1", "RTF"),
        (b"\r\n<!DOCTYPE html><table>", "HTML"), (b"<?xml version='1.0'?>", "XML"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("media_type", [CSV, NDJSON, JSON, "application/vnd.ms-excel", "application/octet-stream", ""])
def test_file_in_another_format_is_named(content: bytes, name: str, media_type: str) -> None:
    problem = refusal(content, media_type=media_type)

    assert (problem.status, problem.code, problem.params["format"]) == (415, "content_in_other_format", name)
    assert problem.params["accepted"] == "text/csv, application/x-ndjson, application/json"


@pytest.mark.parametrize("media_type", ["application/vnd.ms-excel", "application/csv", "text/tab-separated-values"])
def test_csv_under_another_name_is_read(media_type: str) -> None:
    assert read("number\nA-1\n", media_type=media_type).frame.height == 1


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
def test_unicode_is_read_with_and_without_marks(encoding: str, mark: str) -> None:
    rows = {CSV: "numer;tytuł\nA-1;Żółw\n", JSON: '{"rows":[{"number":"A-1","title":"Żółw"}]}',
            NDJSON: '{"number":"A-1","title":"Żółw"}\n'}  # fmt: skip
    for media_type, text in rows.items():
        frame = read((mark + text).encode(encoding), media_type=media_type).frame
        assert frame.select("number", "title").rows() == [("A-1", "Żółw")]


def test_mark_after_the_separator_line_and_old_line_ends_are_read() -> None:
    assert read(MARK + b"sep=;\r\n" + MARK + b"number;title\r\nA-1;x\r\n").frame.rows() == [(3, "A-1", "x")]
    assert read(b"number;title\rA-1;x\rA-2;y").frame.rows() == [(2, "A-1", "x"), (3, "A-2", "y")]


@pytest.mark.parametrize(
    ("encoding", "code", "charset"),
    [("cp1250", "encoding_wrong", "windows-1250"), ("iso-8859-2", "encoding_wrong", "iso-8859-2"),
     ("cp852", "encoding_unknown", None)],
)  # fmt: skip
def test_advice_about_the_encoding_is_true(encoding: str, code: str, charset: str | None) -> None:
    content = "number;title\nA-1;Święta źle ąęśłćĘŁÓŚ\n".encode(encoding)
    problem = refusal(content)

    assert (problem.code, problem.params.get("charset")) == (code, charset)
    if charset:
        assert read_table(APPLICATIONS, content, CSV, charset).frame["title"][0].startswith("Święta źle")
    assert refusal('{"number":"ż"}'.encode(encoding), media_type=NDJSON).code == "json_not_utf8"


@pytest.mark.parametrize("cell", ["'0404032", '="0404032"', '"=""0404032"""', " '0404032"])
def test_marks_of_digits_kept_as_text_are_removed(cell: str) -> None:
    assert read(f"unit;indicator;value\n{cell};7.1-1;5\n", RETURN).frame["unit"].to_list() == ["0404032"]
    assert read("number;title\nA-1;'Razem' – projekt\n").frame["title"].to_list() == ["'Razem' – projekt"]


def test_indicator_of_the_form_is_data_whatever_it_is_called() -> None:
    shape = TableShape(RETURN.columns, RETURN.required, RETURN.aliases, known=frozenset({"SUMA"}))
    file = "indicator;value\nSUMA;5\nRAZEM;5\n"

    assert read(file, shape).frame["indicator"].to_list() == ["SUMA"]
    assert passed_over(read(file, RETURN)) == [(2, 3, "total")]
