"""Invalid returns: all errors at once, by row and column, and nothing of the return is stored."""

from __future__ import annotations

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, definition, sheet

JSON, NDJSON = "application/json", "application/x-ndjson"
DIGITS_OF_ANOTHER_SCRIPT = "\u0661\u0662"


@pytest.fixture(autouse=True)
async def former_returns(shared_service: IndicatorsService) -> None:
    """Returns that must not change: one of the unit, and one for another unit by the regional centre."""
    if not shared_service.row_counts()["observation"]:
        ok(await shared_service.send(csv("7.1-1;;100", "7.1-1;rural;40")))
        ok(await shared_service.send(sheet("OPS-040203;7.1-1;;7"), unit="ROPS-04", period="2010-H1"))


def stored(service: IndicatorsService) -> tuple[object, ...]:
    """Everything that figures are made of."""
    return (
        service.query("select * from observation order by unit_no, series_no, breakdown_no, effective_on"),
        service.query("select * from indicator_rollup order by series_no, breakdown_no, effective_on, powiat"),
        service.query("select * from coverage order by unit_no, effective_on"),
        service.query("select * from unit_return where current_version > 0 order by return_no"),
        service.row_counts()["kept_file"],
    )


async def refused(service: IndicatorsService, content: str | bytes, **envelope: str) -> httpx.Response:
    """Sends a bad return and checks that it left nothing but, at most, the record of the attempt."""
    before = stored(service)
    answer = await service.send(content, **({"period": "2012-H1"} | envelope))
    assert answer.is_client_error, answer.text
    assert stored(service) == before
    return answer


FINDINGS: dict[str, tuple[str, str, str]] = {
    "unknown unit": ("OPS-999999;7.1-1;;1", "unit", "unit_unknown"),
    "unit of another kind": ("ROPS-04;7.1-1;;1", "unit", "unit_unknown"),
    "gmina without a unit": ("0402991;7.1-1;;1", "unit", "unit_unknown"),
    "part of a gmina": ("0402034;7.1-1;;1", "unit", "unit_is_a_part"),
    "lost zero, seven digits": ("402011;7.1-1;;1", "unit", "unit_lost_zero"),
    "lost zero, six digits": ("40201;7.1-1;;1", "unit", "unit_lost_zero"),
    "unknown indicator": ("OPS-040201;7.1-99;;1", "indicator", "indicator_unknown"),
    "indicator of no form": ("OPS-040201;7.9;;1", "indicator", "indicator_unknown"),
    "unknown breakdown": ("OPS-040201;7.1-1;urban;1", "breakdown", "breakdown_unknown"),
    "breakdown of another": ("OPS-040201;7.1-2;rural;1", "breakdown", "breakdown_unknown"),
    "thousands dot or decimal point": ("OPS-040201;7.1-1;;11.716", "value", "decimal_sign_doubtful"),
    "rounded code": ("4,04032E+05;7.1-1;;1", "unit", "number_rounded_by_spreadsheet"),
    "code with decimals": ("402011.0;7.1-1;;1", "unit", "number_changed_by_spreadsheet"),
    "total with a unit": ("OPS-040201;RAZEM;;1", "indicator", "row_doubtful"),
    "groups of two": ("OPS-040201;7.1-1;;48 68 206", "value", "value_other_notation"),
    "plus": ("OPS-040201;7.1-1;;+5", "value", "value_other_notation"),
    "milliards": ("OPS-040201;7.1-1;;3,52 mld", "value", "value_with_a_word"),
    "percent": ("OPS-040201;7.1-1;;12%", "value", "value_other_notation"),
    "exponent": ("OPS-040201;7.1-1;;1e3", "value", "value_with_exponent"),
    "digits of another script": (f"OPS-040201;7.1-1;;{DIGITS_OF_ANOTHER_SCRIPT}", "value", "value_not_a_number"),
    "no data as nobody says it": ("OPS-040201;7.1-1;;brak danych", "value", "value_not_a_number"),
    "negative": ("OPS-040201;7.1-1;;-5", "value", "value_negative"),
    "minus sign": ("OPS-040201;7.1-1;;\u22125", "value", "value_negative"),
    "seven decimals": ("OPS-040201;7.1-1;;0,1234567", "value", "value_too_precise"),
    "fifteen digits": ("OPS-040201;7.1-1;;123456789012345", "value", "value_too_large"),
    "fifteen grouped digits": ("OPS-040201;7.1-1;;123 456 789 012 345", "value", "value_too_large"),
}


@pytest.mark.parametrize("name", FINDINGS)
async def test_a_bad_cell_is_named_by_row_and_column(shared_service: IndicatorsService, name: str) -> None:
    row, column, code = FINDINGS[name]
    answer = await refused(shared_service, sheet("OPS-040202;7.1-1;;3", row), unit="ROPS-04")
    assert_problem(answer, 422, code, at=f"/rows/3/{column}")
    (error,) = answer.json()["errors"]
    assert (error["row"], error["column"]) == (3, column)


async def test_the_attempt_is_recorded_with_its_findings(shared_service: IndicatorsService) -> None:
    answer = await refused(shared_service, sheet("OPS-999999;7.1-1;;1", "OPS-040201;7.1-9;;x%"), unit="ROPS-04")
    attempt = answer.json()["submission"]
    assert (attempt["outcome"], attempt["version"], attempt["rows"], attempt["accepted"]) == ("rejected", None, 2, 0)
    detail = ok(await shared_service.officer.get(attempt["links"]["self"]))
    listed = ok(await shared_service.officer.get(attempt["links"]["findings"]))["items"]
    assert [(one["row"], one["code"]) for one in listed] == [
        (2, "unit_unknown"), (3, "indicator_unknown"), (3, "value_not_a_number"),
    ]  # fmt: skip
    assert (attempt["findings"], detail["first_findings"], detail["is_current"]) == (3, listed, False)
    file = await shared_service.officer.get(attempt["links"]["file"])
    assert_problem(file, 404, "file_not_kept")
    (change,) = shared_service.query("select after from change order by position desc limit 1")[0]
    assert (change["id"], change["outcome"]) == (attempt["id"], "rejected")


async def test_findings_are_returned_in_the_readers_language(shared_service: IndicatorsService) -> None:
    answer = await refused(shared_service, csv("7.1-1;;12%"))
    address = answer.json()["submission"]["links"]["findings"]
    said = [
        ok(await shared_service.officer.get(address, headers={"Accept-Language": language}))["items"][0]["message"]
        for language in ("pl", "en", "de")
    ]

    assert said[0].startswith("Wiersz 2:")
    assert said[1].startswith("Row 2:")
    assert said[2] == said[0]


async def test_hint_of_one_row_does_not_depend_on_another(shared_service: IndicatorsService) -> None:
    answer = await refused(shared_service, sheet("40201;7.1-1;;1", "4020122;7.1-1;;1"), unit="ROPS-04")
    assert [(one["code"], one["params"].get("expected")) for one in answer.json()["errors"]] == [
        ("unit_lost_zero", "040201"), ("unit_unknown", None),
    ]  # fmt: skip


async def test_finding_shows_the_wrong_word(shared_service: IndicatorsService) -> None:
    rows = ("Ośrodek w Aleksandrowie;7.1-1;;1", "OPS-040201;liczba osób;;1", "OPS-040201;7.1-1;osoby 50+;1")
    answer = await refused(shared_service, sheet(*rows), unit="ROPS-04")
    for row, (error, word) in enumerate(
        zip(answer.json()["errors"], ["Ośrodek w Aleksandrowie", "liczba osób", "osoby 50+"], strict=True), 2
    ):
        assert error["message"].startswith(f"Wiersz {row}: ")
        assert f"„{word}”" in error["message"]


@pytest.mark.parametrize(("seen", "expected"), [("402011", "0402011"), ("40201", "040201"), ("40201_1", "040201_1")])
async def test_a_lost_zero_is_given_back(shared_service: IndicatorsService, seen: str, expected: str) -> None:
    answer = await refused(shared_service, sheet(f"{seen};7.1-1;;1"), unit="ROPS-04")
    assert answer.json()["errors"][0]["params"]["expected"] == expected


@pytest.mark.parametrize("seen", ["07.sty", "7.sty.2011", "2011-01-07", "2011-01-07 00:00:00", "7 sty"])
async def test_a_code_that_became_a_date_is_recognised(shared_service: IndicatorsService, seen: str) -> None:
    if "7.1" not in str(shared_service.query("select code from form")):
        await shared_service.add_indicator("7.1")
        await shared_service.add_form(["7.1"], code="F7.1")
        await shared_service.open_periods("2012-H1", form="F7.1")
    answer = await refused(shared_service, f"indicator;value\n{seen};1\n", form="F7.1")
    assert_problem(answer, 422, "indicator_became_a_date", expected="7.1")
    (error,) = answer.json()["errors"]
    assert "format kolumny na tekst" in error["message"]


@pytest.mark.parametrize("seen", ["01.lip", "45839", "2025-12-24"])
async def test_date_in_place_of_an_indicator_is_reported_as_a_date(
    shared_service: IndicatorsService, seen: str
) -> None:
    answer = await refused(shared_service, csv(f"{seen};;1"))
    assert_problem(answer, 422, "indicator_is_a_date", seen=seen)
    (error,) = answer.json()["errors"]
    assert error["row"] == 2
    assert "format kolumny na tekst" in error["message"]


@pytest.mark.parametrize("media_type", ["text/csv", NDJSON, JSON])
async def test_a_fraction_of_what_is_counted_is_told(service: IndicatorsService, media_type: str) -> None:
    for code, counted in (("8.1", True), ("8.2", False)):
        await service.add_indicator(code, parts=["rural"], whole_numbers=counted)
    await service.add_form(["8.1", "8.2"], code="F8")
    await service.open_periods("2012-H1", form="F8")
    cells = [(code, part, value) for code in ("8.1", "8.2") for part, value in (("", "24,0"), ("rural", "2,5"))]
    numbers = [
        f'{{"indicator": "{code}", "breakdown": "{part}", "value": {value.replace(",", ".")}}}'
        for code, part, value in cells
    ]
    contents = {
        "text/csv": csv(*map(";".join, cells)),
        NDJSON: "\n".join(numbers),
        JSON: f'{{"rows": [{",".join(numbers)}]}}',
    }
    answer = await refused(service, contents[media_type], form="F8", media_type=media_type)
    row, seen = (3, "2,5") if media_type == "text/csv" else (2, "2.5")
    assert_problem(answer, 422, "value_not_whole")
    (error,) = answer.json()["errors"]
    assert (error["row"], error["column"]) == (row, "value")
    assert error["message"].startswith(f"Wiersz {row}: „{seen}” nie jest liczbą całkowitą")


async def test_a_fraction_is_judged_by_the_definition_of_its_day(service: IndicatorsService) -> None:
    await service.add_indicator("8.1", whole_numbers=True)
    changed = definition(redefined=False, valid_from="2012-01-01")
    ok(await service.officer.put("/v1/indicators/8.1", json=changed, headers={"If-Match": '"v1"'}))
    versions = ok(await service.officer.get("/v1/indicators/8.1"))["definitions"]
    assert [one["whole_numbers"] for one in versions] == [True, False]
    await service.add_form(["8.1"], code="F8")
    await service.open_periods("2011-H2", "2012-H1", form="F8")
    assert_problem(await service.send(csv("8.1;;2,5"), form="F8", period="2011-H2"), 422, "value_not_whole")
    ok(await service.send(csv("8.1;;2,5"), form="F8", period="2012-H1"))


async def test_rows_that_contradict_each_other_name_each_other(shared_service: IndicatorsService) -> None:
    rows = ("OPS-040201;7.1-1;;1", "OPS-040202;7.1-1;;1", "0402011;7.1-1;;2")
    answer = await refused(shared_service, sheet(*rows), unit="ROPS-04")

    errors = answer.json()["errors"]
    assert [(one["row"], one["code"], one["params"]["expected"]) for one in errors] == [
        (2, "row_repeated", "4"), (4, "row_repeated", "2"),
    ]  # fmt: skip


async def test_a_part_over_the_whole_is_refused_and_an_equal_one_is_not(shared_service: IndicatorsService) -> None:
    answer = await refused(shared_service, csv("7.1-1;;9,5", "7.1-1;rural;10"))
    assert_problem(answer, 422, "part_over_whole", expected="9.5")
    assert answer.json()["errors"][0]["row"] == 3
    rehearsed = await shared_service.send(csv("7.1-1;;9,50", "7.1-1;rural;9,5"), period="2012-H1", dry_run="true")
    assert rehearsed.json()["outcome"] == "accepted_with_warnings"


async def test_a_unit_that_another_return_reports_is_refused(shared_service: IndicatorsService) -> None:
    answer = await refused(
        shared_service, sheet("OPS-040201;7.1-1;;1", "OPS-040202;7.1-1;;1"), unit="ROPS-04", period="2011-H1"
    )

    assert_problem(answer, 422, "reported_elsewhere", expected="OPS-040201, 2011-06-30")
    assert answer.json()["errors"][0]["row"] == 2


async def test_a_foreign_unit_is_refused_in_a_row_and_in_the_envelope(shared_service: IndicatorsService) -> None:
    own = ok(await shared_service.officer.get("/v1/reporting-units", params={"code": "OPS-040201"}))["items"][0]
    gmina = shared_service.gmina(own)
    before = stored(shared_service)
    in_a_row = await shared_service.send(sheet("OPS-040202;7.1-1;;1"), period="2012-H2", by=gmina)
    assert_problem(in_a_row, 422, "unit_foreign")
    envelope = await shared_service.send(csv("7.1-1;;1"), unit="OPS-040202", period="2012-H2", by=gmina)
    assert_problem(envelope, 403, "unit_not_yours")
    assert stored(shared_service) == before


@pytest.mark.parametrize(
    ("period", "code"),
    [("2010-H2", "period_outside_return"), ("2012-Q1", "period_of_other_kind"), ("zima", "period_malformed")],
)
async def test_a_period_in_a_row_must_fit_the_return(shared_service: IndicatorsService, period: str, code: str) -> None:
    answer = await refused(shared_service, f"indicator;period;value\n7.1-1;{period};1\n")
    assert_problem(answer, 422, code)


UNREADABLE: dict[str, tuple[str | bytes, str, int, str, int | None]] = {
    "wrong encoding": (csv("7.1-1;;1", "żółć;;1").encode("cp1250"), "text/csv", 400, "encoding_wrong", 3),
    "not as declared": (b"indicator;value\n\x81;1\n", "text/csv; charset=windows-1250", 400,
                        "encoding_not_as_declared", None),
    "unknown encoding": (csv("7.1-1;;1"), "text/csv; charset=koi8-r", 415, "charset_not_taken", None),
    "cut in a row": ("indicator;breakdown;value\n7.1-1;;1\n7.1-2;", "text/csv", 400, "file_truncated", 3),
    "too few cells": ("indicator;breakdown;value\n7.1-1;1\n7.1-2;;2\n", "text/csv", 400, "rows_malformed", 2),
    "too many cells": (csv("7.1-1;;1", "7.1-2;;2;3"), "text/csv", 400, "rows_malformed", 3),
    "open quote": (csv("7.1-1;;1", '7.1-2;;"2'), "text/csv", 400, "rows_malformed", 3),
    "no header": ("7.1-1;;1\n", "text/csv", 400, "header_unknown", 1),
    "misspelt column": (csv("7.1-1;1;x", header="indicator;value;valeu"), "text/csv", 422, "header_wrong", 1),
    "spreadsheet": (b"PK\x03\x04 xl/workbook.xml", "text/csv", 415, "content_in_other_format", None),
    "repeated column": (csv("7.1-1;1;1", header="indicator;value;wartość"), "text/csv", 422, "header_wrong", 1),
    "zero bytes": (csv("7.1-1;;1\x00"), "text/csv", 400, "content_not_text", None),
    "no rows": (csv(), "text/csv", 422, "return_empty", None),
    "empty rows only": (csv(";;", ""), "text/csv", 422, "return_empty", None),
    "malformed JSON": ('{"rows": [', JSON, 400, "json_malformed", None),
    "deep JSON": ("[" * 100_000, JSON, 400, "json_malformed", None),
    "JSON of another shape": ("[]", JSON, 400, "rows_missing", None),
    "JSON without rows": ('{"rows": []}', JSON, 422, "return_empty", None),
    "JSON row without value": ('{"rows": [{"indicator": "7.1-1", "value": 1}, {"indicator": "7.1-2"}]}', JSON, 422,
                               "header_wrong", 2),
    "malformed line": ('{"indicator": "7.1-1", "value": 1}\n{"indicator": \n', NDJSON, 400, "line_malformed", 2),
    "line that is no object": ('{"indicator": "7.1-1", "value": 1}\n\n[1]\n', NDJSON, 400, "line_malformed", 3),
    "line with a mistyped key": ('{"indicator": "7.1-1", "value": "1"}\n{"indicator": "7.1-2", "valeu": "1"}\n',
                                 NDJSON, 422, "header_wrong", 2),
    "another media type": (csv("7.1-1;;1"), "text/plain", 415, "media_type_not_taken", None),
    "no media type": (csv("7.1-1;;1"), "", 415, "media_type_not_taken", None),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_file_that_cannot_be_read_leaves_no_trace(shared_service: IndicatorsService, name: str) -> None:
    content, media_type, status, code, row = UNREADABLE[name]
    before = shared_service.row_counts()
    answer = await refused(shared_service, content, media_type=media_type)

    assert_problem(answer, status, code)
    assert row is None or answer.json()["errors"][0]["row"] == row
    assert shared_service.row_counts() == before


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
async def test_a_cell_that_is_no_text_and_no_number_is_a_finding_of_its_row(
    shared_service: IndicatorsService, media_type: str
) -> None:
    rows = [
        '{"indicator":"7.1-1","value":true}',
        '{"indicator":["7.1-2"],"value":1}',
        '{"indicator":"7.1-3","value":{}}',
    ]
    content = f'{{"rows":[{",".join(rows)}]}}' if media_type == JSON else "\n".join(rows)
    answer = await refused(shared_service, content, media_type=media_type)
    errors = answer.json()["errors"]

    assert [(error["row"], error["column"], error["code"]) for error in errors] == [
        (1, "value", "cell_type_wrong"), (2, "indicator", "cell_type_wrong"), (3, "value", "cell_type_wrong"),
    ]  # fmt: skip
    assert errors[0]["message"].startswith("Wiersz 1, kolumna ")


async def test_a_value_of_json_with_a_zero_character_is_refused(shared_service: IndicatorsService) -> None:
    content = '{"rows": [{"indicator": "7.1-1", "unit": "OPS\\u0000", "value": 1}]}'
    assert (await refused(shared_service, content, media_type=JSON)).status_code == 422


async def test_limits_of_size_and_rows_are_kept(
    shared_service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = "[" + " " * (8 * 1024 * 1024) + "]"
    assert (await refused(shared_service, large, media_type=JSON)).status_code == 413
    monkeypatch.setattr(shared_service.app.state.service.settings, "submission_limit_rows", 2)
    answer = await refused(shared_service, csv("7.1-1;;3", "7.1-2;;3", "7.1-3;;3"))
    assert_problem(answer, 413, "rows_too_many")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("form", "SP99", "form_unknown"),
        ("unit", "OPS-999999", "unit_not_found"),
        ("unit", "\u0000", "value_unstorable"),
    ],
)
async def test_an_unknown_envelope_is_refused(
    shared_service: IndicatorsService, field: str, value: str, code: str
) -> None:
    answer = await refused(shared_service, csv("7.1-1;;1"), **{field: value})
    assert_problem(answer, 422, code)
