"""A PESEL where none belongs: refused, and in no table, no log line and no answer."""

from __future__ import annotations

import io

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.personal_numbers import assert_untold, made_up_pesel
from tests.support.services.indicators_service import IndicatorsService, csv, form_body

PESEL = made_up_pesel()
COLUMNS = ("unit", "indicator", "breakdown", "period", "value")
GOOD = {"unit": "OPS-040201", "indicator": "7.1-1", "breakdown": "", "period": "2011-H1", "value": "5"}
SPREADSHEET = f"{PESEL[:2]} {PESEL[2:5]} {PESEL[5:8]} {PESEL[8:]}"
SPELLINGS = {
    "plain": PESEL,
    "with decimals": f"{PESEL},00",
    "in two groups": f"{PESEL[:6]} {PESEL[6:]}",
    "with two blanks": f"Jan {PESEL[:6]}  {PESEL[6:]}",
    "with a dash": f"{PESEL[:6]}-{PESEL[6:]}",
    "with a slash": f"UDA {PESEL[:6]}/{PESEL[6:]}",
    "as a day and five digits": f"Jan {PESEL[:2]} {PESEL[2:4]} {PESEL[4:6]} {PESEL[6:]}",
    "as a spreadsheet groups it": SPREADSHEET,
    "grouped by non-breaking blanks": SPREADSHEET.replace(" ", "\u00a0"),
    "grouped by dots": SPREADSHEET.replace(" ", "."),
    "in a sentence": f"Jan K. {PESEL}",
}


def assert_nowhere(service: IndicatorsService, *answers: str, logged: io.StringIO) -> None:
    for text in (*answers, logged.getvalue(), service.everything_stored()):
        assert PESEL.encode().hex() not in text
        assert_untold(PESEL, text)
    assert service.row_counts()["kept_file"] == 0


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("partial", [False, True], ids=["whole", "partial"])
async def test_a_personal_number_in_any_column_is_refused_and_kept_nowhere(
    service: IndicatorsService, log_lines: io.StringIO, column: str, partial: bool
) -> None:
    if partial:
        changed = form_body(["7.1-1", "7.1-2", "7.1-3"], partial=True)
        ok(await service.officer.put("/v1/forms/SP7", json=changed, headers={"If-Match": '"v1"'}))
    row = ";".join((GOOD | {column: PESEL}).values())
    other = ";".join((GOOD | {"indicator": "7.1-2"}).values())
    answer = await service.send(csv(row, other, header=";".join(COLUMNS)), key="k")
    assert_problem(answer, 422, "personal_number")
    (error,) = answer.json()["errors"]
    assert (error["row"], error["column"]) == (2, column)
    attempt = answer.json()["submission"]
    seen = await service.officer.get(attempt["links"]["findings"])
    assert (attempt["outcome"], attempt["sha256"], service.row_counts()["observation"]) == ("rejected", "", 0)
    assert "request" in log_lines.getvalue()
    assert_nowhere(service, answer.text, seen.text, logged=log_lines)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_personal_number_is_found_in_any_spelling(
    shared_service: IndicatorsService, log_lines: io.StringIO, spelling: str
) -> None:
    answer = await shared_service.send(csv(f"7.1-1;;{SPELLINGS[spelling]}"))

    assert_problem(answer, 422, "personal_number")
    assert_nowhere(shared_service, answer.text, logged=log_lines)


@pytest.mark.parametrize("quoted", ["", '"'], ids=["number", "text"])
async def test_a_personal_number_in_json_is_found(shared_service: IndicatorsService, quoted: str) -> None:
    for media_type, wrap in (("application/json", '{"rows": [%s]}'), ("application/x-ndjson", "%s\n")):
        row = f'{{"indicator": "7.1-1", "value": {quoted}{PESEL}{quoted}}}'
        answer = await shared_service.send(wrap % row, media_type=media_type)
        assert_problem(answer, 422, "personal_number")


async def test_a_personal_number_in_the_reason_is_refused(
    shared_service: IndicatorsService, log_lines: io.StringIO
) -> None:
    before = shared_service.row_counts()
    answer = await shared_service.send(csv("7.1-1;;5"), reason=f"dotyczy {PESEL}")

    assert_problem(answer, 422, "personal_number")
    assert shared_service.row_counts() == before
    assert_nowhere(shared_service, answer.text, logged=log_lines)


@pytest.mark.parametrize("place", ["header", "form", "unit", "period"])
async def test_a_personal_number_outside_the_cells_is_not_repeated(
    shared_service: IndicatorsService, log_lines: io.StringIO, place: str
) -> None:
    header = f"indicator;value;{PESEL}" if place == "header" else "indicator;value"
    envelope = {} if place == "header" else {place: PESEL}
    row = "7.1-1;5;" if place == "header" else "7.1-1;5"
    answer = await shared_service.send(f"{header}\n{row}\n", **envelope)

    assert answer.status_code == 422
    assert_nowhere(shared_service, answer.text, logged=log_lines)


async def test_a_rehearsal_finds_it_too_and_keeps_nothing(
    shared_service: IndicatorsService, log_lines: io.StringIO
) -> None:
    answer = await shared_service.send(csv(f"7.1-1;;{PESEL}"), dry_run="true")

    assert_problem(answer, 422, "personal_number")
    assert_nowhere(shared_service, answer.text, logged=log_lines)


@pytest.mark.parametrize("value", [PESEL[:-1] + str((int(PESEL[-1]) + 1) % 10), f"1{PESEL}"], ids=["other", "longer"])
async def test_digits_that_are_no_personal_number_are_a_value(shared_service: IndicatorsService, value: str) -> None:
    answer = await shared_service.send(csv(f"7.1-1;;{value}"), dry_run="true")
    assert answer.json()["outcome"] == "accepted_with_warnings"
