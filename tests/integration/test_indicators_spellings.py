"""Spellings of codes in indicators: each is recognised or refused, none makes a second unit, indicator or form."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.builders.spellings import RECOGNISED_SPELLINGS, REFUSED_SPELLINGS, respell
from tests.support.services.indicators_service import FORM, IndicatorsService, definition, form_body

NEW: dict[str, tuple[str, str, dict[str, Any]]] = {
    "indicator": ("/v1/indicators", "7.1-1", definition() | {"measure": "7.1"}),
    "form": ("/v1/forms", FORM, form_body(["7.1-1"])),
    "unit": ("/v1/reporting-units", "OPS-040201", {"kind": "OPS", "territory": "0402011", "name": "MOPS"}),
}


@pytest.mark.parametrize("kind", NEW)
async def test_another_spelling_of_a_code_is_taken_or_refused(shared_service: IndicatorsService, kind: str) -> None:
    address, code, body = NEW[kind]
    same = (*(form.format(code) for form in RECOGNISED_SPELLINGS.values()), *respell(code).values())
    for spelling in same:
        answer = await shared_service.officer.post(address, json=body | {"code": spelling})
        assert_problem(answer, 409, f"{kind}_code_taken", at="/code")
        if kind != "unit":
            assert ok(await shared_service.officer.get(f"{address}/{quote(spelling)}"))["code"] == code
    for form in REFUSED_SPELLINGS.values():
        answer = await shared_service.officer.post(address, json=body | {"code": form.format(code)})
        assert_problem(answer, 422, "text_unprintable", at="/code")
    if kind == "unit":
        units = [ok(await shared_service.officer.get(address, params={"code": one}))["items"] for one in same]
        assert {one["code"] for (one,) in units} == {code}


@pytest.mark.parametrize("name", ["\u200b", "MOPS\x1b", "MOPS\r\nToruń", "\u2800"])
async def test_a_name_that_nobody_can_read_is_refused(shared_service: IndicatorsService, name: str) -> None:
    unit = {"kind": "OPS", "territory": "0402011", "code": "OPS-9", "name": name}
    assert_problem(await shared_service.officer.post("/v1/reporting-units", json=unit), 422, "text_unprintable")
    indicator = definition() | {"code": "7.1-9", "measure": "7.1"}
    refused = await shared_service.officer.post("/v1/indicators", json=indicator | {"name": name})
    assert_problem(refused, 422, "text_unprintable", at="/name")


async def test_codes_in_a_return_are_recognised_in_any_spelling(shared_service: IndicatorsService) -> None:
    content = "unit;indicator;breakdown;period;value\n"
    content += "'OPS-040201;7.1\u20111;;2011\u2011H1;24\nOPS\u2011040202;7.1-1\u200b;rural\u00a0;2011-H1;3\n"
    answer = ok(await shared_service.send(content, unit="ROPS\u201104", form="SP\uff17", dry_run="true"))
    # Its only warnings are those of the indicators that it lacks.
    assert (answer["outcome"], answer["accepted"]) == ("accepted_with_warnings", 2)
    assert {finding["code"] for finding in answer["first_findings"]} == {"indicator_absent"}
    twice = "indicator;value\n7.1-1;24\n7.1\u20111;24\n7.1-2;1\n7.1-3;1\n"
    assert codes(await shared_service.send(twice)) == ["row_repeated"]
