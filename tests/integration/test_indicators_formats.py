"""Returns in every format that offices send, all of them read as the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.regions.terc_files import GMINY, changed, terc_file
from tests.support.services.indicators_service import IndicatorsService

ROWS = (("7.1-1", "", "4 868 206,71"), ("7.1-1", "rural", "12"), ("7.1-2", "", "n/d"), ("7.1-3", "", "0"))
EXPECTED = {
    ("7.1-1", None): "4868206.710000",
    ("7.1-1", "rural"): "12.000000",
    ("7.1-2", None): None,
    ("7.1-3", None): "0.000000",
}
NBSP, NARROW, THIN, MINUS = "\u00a0", "\u202f", "\u2009", "\u2212"


def lines(separator: str = ";", header: tuple[str, ...] = ("indicator", "breakdown", "value")) -> str:
    quoted = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in (header, *ROWS)]
    return "".join(separator.join(row) + "\n" for row in quoted)


def objects() -> list[dict[str, object]]:
    values = ("4868206.71", 12, None, 0)
    return [{"indicator": row[0], "breakdown": row[1], "value": value} for row, value in zip(ROWS, values, strict=True)]


CSV_FILES = {
    "semicolon": (lines(";"), "utf-8", ""),
    "comma": (lines(","), "utf-8", ""),
    "tab": (lines("\t"), "utf-8", ""),
    "byte order mark": (lines(), "utf-8-sig", ""),
    "CRLF": (lines().replace("\n", "\r\n"), "utf-8", ""),
    "no last line end": (lines().rstrip("\n"), "utf-8", ""),
    "quoted": ('"' + lines().strip().replace(";", '";"').replace("\n", '"\n"') + '"\n', "utf-8", ""),
    "Polish header": (lines(header=("Wskaźnik", "w tym", "WARTOŚĆ")), "utf-8", ""),
    "windows-1250": (lines(header=("wskaźnik", "podział", "wartość")), "cp1250", "; charset=windows-1250"),
    "iso-8859-2": (lines(header=("wskaźnik", "podział", "wartość")), "iso-8859-2", "; charset=ISO-8859-2"),
    "Unicode text": (lines("\t", header=("wskaźnik", "podział", "wartość")), "utf-16", ""),
    "utf-16 declared": (lines(), "utf-16-le", "; charset=utf-16le"),
    "non-breaking blanks": (lines().replace("4 868 206", f"4{NBSP}868{NARROW}206"), "utf-8", ""),
    "thin blanks": (lines().replace("4 868 206", f"4{THIN}868{THIN}206"), "utf-8", ""),
    "minus for missing": (lines().replace("n/d", MINUS), "utf-8", ""),
    "dash for missing": (lines().replace("n/d", "–"), "utf-8", ""),
    "empty for missing": (lines().replace("n/d", ""), "utf-8", ""),
    "separator said": ("sep=,\r\n" + lines(",").replace("\n", "\r\n"), "utf-8-sig", ""),
    "empty rows": (lines().replace("7.1-2;", "\n;;\n7.1-2;") + ";;\n;;;\n\n", "utf-8", ""),
    "gap in capitals": (lines().replace("n/d", "N/D"), "utf-8", ""),
    "gap with dots": (lines().replace("n/d", "n.d."), "utf-8", ""),
    "gap as a word": (lines().replace("n/d", "Brak"), "utf-8", ""),
    "long dash for missing": (lines().replace("n/d", "—"), "utf-8", ""),
    "decimal point": (lines().replace("4 868 206,71", "4 868 206.71"), "utf-8", ""),
    "dots between thousands": (lines().replace("4 868 206,71", "4.868.206,71"), "utf-8", ""),
    "part in capitals": (lines().replace("rural", "RURAL"), "utf-8", ""),
    "printed part": (lines().replace("rural", "W tym:  Rural"), "utf-8", ""),
    "title and total": (f"Sprawozdanie za I półrocze\n\n{lines()}RAZEM;;13\nŹródło: OPS\n", "utf-8", ""),
    "utf-16 without a mark": (lines(), "utf-16-be", ""),
    "old line ends": (lines().replace("\n", "\r"), "utf-8", ""),
    "as Windows calls it": (lines(), "utf-8", "excel"),
    "letters in two pieces": (lines(header=("wskaz\u0301nik", "podział", "wartos\u0301c\u0301")), "utf-8", ""),
}


async def send_again(service: IndicatorsService, content: str | bytes, **more: str) -> Any:
    """As a correction of what the test before sent."""
    (version,) = service.query("select coalesce(max(current_version), 0) from unit_return where period = '2011-H1'")[0]
    return ok(await service.send(content, if_match=f'"v{version}"' if version else None, **more))


async def values_of(service: IndicatorsService) -> dict[tuple[str, str | None], str | None]:
    rows = (await service.report(as_of="2011-06-30"))["rows"]
    return {(row["indicator"], row["breakdown"]): row["achieved"] for row in rows}


@pytest.mark.parametrize("name", CSV_FILES)
async def test_a_csv_file_is_read(shared_service: IndicatorsService, name: str) -> None:
    text, encoding, charset = CSV_FILES[name]
    media_type = "application/vnd.ms-excel" if charset == "excel" else f"text/csv{charset}"
    receipt = await send_again(shared_service, text.encode(encoding), media_type=media_type)

    assert (receipt["outcome"], receipt["rows"], receipt["accepted"], receipt["missing"]) == ("accepted", 4, 4, 1)
    assert await values_of(shared_service) == EXPECTED


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl"])
async def test_lines_of_json_are_read(shared_service: IndicatorsService, media_type: str) -> None:
    content = "".join(json.dumps(row) + "\n" for row in objects())
    receipt = await send_again(shared_service, content, media_type=media_type)

    assert receipt["accepted"] == 4
    assert await values_of(shared_service) == EXPECTED


async def test_a_json_document_is_read(shared_service: IndicatorsService) -> None:
    receipt = await send_again(shared_service, json.dumps({"rows": objects()}), media_type="application/json")

    assert receipt["accepted"] == 4
    assert await values_of(shared_service) == EXPECTED


@pytest.mark.parametrize("media_type", ["application/json", "application/x-ndjson"])
async def test_numbers_of_json_keep_every_digit(shared_service: IndicatorsService, media_type: str) -> None:
    row = '{"indicator": "7.1-1", "value": 12345678901234.123456}'
    content = f'{{"rows": [{row}]}}' if media_type == "application/json" else row
    await send_again(shared_service, content, media_type=media_type)

    assert (await values_of(shared_service))[("7.1-1", None)] == "12345678901234.123456"


async def test_the_file_comes_back_byte_for_byte(shared_service: IndicatorsService) -> None:
    content = lines().encode("utf-8-sig")
    receipt = await send_again(shared_service, content)
    file = await shared_service.officer.get(receipt["links"]["file"])

    assert (file.content, file.headers["content-type"].partition(";")[0]) == (content, "text/csv")


@pytest.mark.parametrize("gap", ["", "N/D", "brak", None])
async def test_gap_of_json_is_missing(shared_service: IndicatorsService, gap: str | None) -> None:
    row = {"WSKAŹNIK": "7.1-2", "Wartość": gap}
    receipt = await send_again(shared_service, json.dumps(row), media_type="application/x-ndjson")

    # The return lacks the two other indicators of the form, too.
    assert (receipt["accepted"], receipt["missing"]) == (1, 3)


async def test_reading_stands_in_the_dry_run_and_in_the_receipt(service: IndicatorsService) -> None:
    content = "Sprawozdanie\nLp.;indicator;value\n1;7.1-1;4 868 206.50\n;RAZEM;5\n"
    rehearsed = ok(await service.send(content, dry_run="true"))["reading"]
    receipt = ok(await service.send(content))
    detail = ok(await service.officer.get(receipt["links"]["self"]))

    assert rehearsed == receipt["reading"] == detail["reading"]
    assert (rehearsed["decimal"], rehearsed["header_row"], rehearsed["passed_over_rows"]) == (".", 2, 2)
    assert [one["code"] for one in rehearsed["rows"]] == ["passed_over_above_header", "passed_over_total"]


async def test_decimal_sign_that_the_sender_states_makes_a_correction(service: IndicatorsService) -> None:
    content = "indicator;value\n7.1-1;11.716\n"
    ok(await service.send(content, decimal="."))
    assert (await service.row("7.1-1", as_of="2011-06-30"))["achieved"] == "11.716000"
    unstated = await service.send(content, decimal=",")
    assert unstated.status_code == 409
    corrected = ok(await service.send(content, decimal=",", if_match='"v1"', reason="x"))
    assert (corrected["version"], corrected["reading"]["decimal"]) == (2, ",")
    assert (await service.row("7.1-1", as_of="2011-06-30"))["achieved"] == "11716.000000"


UNIT_SPELLINGS = {
    "code": "OPS-040201", "seven digits": "0402011", "suffix": "040201_1", "six digits": "040201",
    "blanks": "04 02 01 1", "one blank": "0402 01", "dash": "040201-1", "formula": '"=""0402011"""',
    "apostrophe": "'0402011",
}  # fmt: skip


@pytest.mark.parametrize("unit", UNIT_SPELLINGS.values(), ids=UNIT_SPELLINGS)
async def test_a_unit_is_named_by_code_or_territory(service: IndicatorsService, unit: str) -> None:
    receipt = ok(await service.send(f"unit;indicator;value\n{unit};7.1-1;5\n", unit="ROPS-04"))

    assert receipt["accepted"] == 1
    assert (await service.row("7.1-1", territory="040201", as_of="2011-06-30"))["achieved"] == "5.000000"


async def test_a_historic_code_of_a_gmina_is_still_accepted(service: IndicatorsService) -> None:
    ok(await service.import_register(terc_file(changed(GMINY, "040802", kind="3"), "2015-01-01")))
    for period, code in (("2010-H1", "0408022"), ("2010-H2", "0408023")):
        content = f"unit;indicator;value\n{code};7.1-1;5\n"
        assert ok(await service.send(content, unit="ROPS-04", period=period))["accepted"] == 1

    assert (await service.row("7.1-1", territory="0408", as_of="2010-12-31"))["achieved"] == "10.000000"


@pytest.mark.parametrize(
    ("number_format", "text", "value"),
    [
        ({"decimal": ",", "thousands": [" ", "."]}, "11.716", "11716.000000"),
        ({"decimal": ",", "thousands": ["."]}, "406.097,28", "406097.280000"),
        ({"decimal": ".", "thousands": []}, "11.716", "11.716000"),
        ({"decimal": ".", "thousands": [","]}, "11,716.5", "11716.500000"),
    ],
)
async def test_the_form_says_what_a_dot_means(
    service: IndicatorsService, number_format: dict[str, object], text: str, value: str
) -> None:
    await service.add_indicator("7.3-1")
    await service.add_form(["7.3-1"], code="SP73", number_format=number_format)
    await service.open_periods("2011-H1", form="SP73")
    ok(await service.send(f'indicator;value\n7.3-1;"{text}"\n', form="SP73"))

    assert (await service.row("7.3-1", as_of="2011-06-30"))["achieved"] == value
