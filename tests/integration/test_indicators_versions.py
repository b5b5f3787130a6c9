"""Versions of a return: first one, replay, correction, race, dry run, partial form, and what is missing."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, form_body, sheet


async def achieved(service: IndicatorsService, code: str = "7.1-1", territory: str = "04") -> tuple[object, int, int]:
    row = await service.row(code, as_of="2011-06-30", territory=territory)
    return row["achieved"], row["reported"], row["missing"]


async def test_receipt_states_version_position_and_counts(service: IndicatorsService) -> None:
    content = csv("7.1-1;;10", "7.1-2;;n/d", "7.1-3;;7")
    answer = await service.send(content)
    receipt = ok(answer)
    assert answer.status_code == 201
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"/v1/submissions/{receipt['id']}")
    assert answer.headers["miernik-position"] == f"indicators={receipt['position']}"
    assert answer.headers["miernik-families"] == "observations:04,submissions"
    assert receipt["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert (receipt["rows"], receipt["accepted"], receipt["missing"], receipt["findings"]) == (3, 3, 1, 0)
    detail = ok(await service.officer.get(answer.headers["location"]))
    assert (detail["is_current"], detail["first_findings"]) == (True, [])


async def test_a_dry_run_changes_nothing_and_says_what_would_happen(service: IndicatorsService) -> None:
    before = service.row_counts()
    good = await service.send(csv("7.1-1;;10", "7.1-2;;n/d", "7.1-3;;7"), dry_run="true", key="rehearsal")
    bad = await service.send(csv("7.1-1;;10%"), dry_run="true")

    assert (good.status_code, bad.status_code) == (200, 422)
    assert (good.json()["outcome"], good.json()["accepted"], good.json()["missing"]) == ("accepted", 3, 1)
    assert (bad.json()["submission"]["outcome"], bad.json()["errors"][0]["row"]) == ("rejected", 2)
    assert service.row_counts() == before
    assert (await service.send(csv("7.1-1;;10"), key="rehearsal")).status_code == 201


async def test_a_dry_run_of_a_correction_needs_no_if_match(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    rehearsed = await service.send(csv("7.1-1;;11"), dry_run="true")

    assert (rehearsed.status_code, rehearsed.json()["outcome"]) == (200, "accepted_with_warnings")
    assert await achieved(service) == ("10.000000", 1, 0)


async def test_the_current_content_again_gives_its_receipt_again(service: IndicatorsService) -> None:
    first = await service.send(csv("7.1-1;;10"))
    before = service.row_counts()
    again = await service.send(csv("7.1-1;;10"))

    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), '"v1"')
    assert service.row_counts() == before


async def test_the_content_of_a_former_version_is_a_correction(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    ok(await service.send(csv("7.1-1;;11"), if_match='"v1"'))
    assert (await service.send(csv("7.1-1;;10"))).status_code == 409
    back = ok(await service.send(csv("7.1-1;;10"), if_match='"v2"'))
    assert back["version"] == 3
    assert await achieved(service) == ("10.000000", 1, 0)


async def test_a_correction_takes_the_place_of_all_former_rows(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10", "7.1-1;rural;4", "7.1-2;;7")))
    corrected = await service.send(csv("7.1-1;;12"), if_match='"v1"', reason="pomyłka")
    assert (corrected.status_code, corrected.json()["reason"], corrected.headers["etag"]) == (201, "pomyłka", '"v2"')
    assert await achieved(service) == ("12.000000", 1, 0)
    assert await achieved(service, "7.1-2") == (None, 0, 0)
    assert (await service.row("7.1-1", "rural", as_of="2011-06-30"))["achieved"] is None
    (before,) = service.query("select before from change order by position desc limit 1")[0]
    assert before["version"] == 1


@pytest.mark.parametrize(
    ("if_match", "status", "code"),
    [(None, 409, "return_exists"), ('"v2"', 412, "if_match_stale"), ('"v0"', 412, "if_match_stale")],
)
async def test_a_correction_needs_the_current_version(
    service: IndicatorsService, if_match: str | None, status: int, code: str
) -> None:
    first = ok(await service.send(csv("7.1-1;;10")))
    before = service.row_counts()
    answer = await service.send(csv("7.1-1;;11"), if_match=if_match)
    assert_problem(answer, status, code)
    assert answer.headers["etag"] == '"v1"'
    assert service.row_counts() == before
    if status == 409:
        assert answer.json()["submission"] == first["id"]


async def test_asterisk_or_a_list_with_the_current_tag_corrects_a_return(service: IndicatorsService) -> None:
    unsent = await service.send(csv("7.1-1;;9"), if_match="*")
    ok(await service.send(csv("7.1-1;;10")))

    corrected = [
        ok(await service.send(csv(f"7.1-1;;{value}"), if_match=tags))["version"]
        for value, tags in ((11, "*"), (12, '"v1", "v2"'))
    ]
    weak = await service.send(csv("7.1-1;;13"), if_match='W/"v3"')

    assert_problem(unsent, 412, "if_match_stale")
    assert corrected == [2, 3]
    assert_problem(weak, 412, "if_match_weak")


async def test_a_first_version_has_nothing_to_match(service: IndicatorsService) -> None:
    assert (await service.send(csv("7.1-1;;10"), if_match='"v1"')).status_code == 412


async def test_of_senders_that_race_for_the_first_version_one_wins(service: IndicatorsService) -> None:
    answers = await asyncio.gather(*(service.send(csv(f"7.1-1;;{number}")) for number in range(1, 6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    winner = next(answer.json() for answer in answers if answer.status_code == 201)
    assert {answer.json()["submission"] for answer in answers if answer.status_code == 409} == {winner["id"]}
    assert (await achieved(service))[1] == 1


async def test_of_corrections_that_race_one_wins(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    answers = await asyncio.gather(*(service.send(csv(f"7.1-1;;{n}"), if_match='"v1"') for n in range(1, 6)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412, 412]
    winner = next(answer.json() for answer in answers if answer.status_code == 201)
    assert winner["version"] == 2


async def test_two_returns_that_race_for_a_unit_count_it_once(service: IndicatorsService) -> None:
    answers = await asyncio.gather(
        service.send(csv("7.1-1;;10"), key="own"),
        service.send(sheet("OPS-040201;7.1-1;;10"), unit="ROPS-04", key="all"),
    )

    assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 422])
    assert await achieved(service) == ("10.000000", 1, 0)


async def test_a_unit_released_by_a_correction_may_report_itself(service: IndicatorsService) -> None:
    both = sheet("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20")
    ok(await service.send(both, unit="ROPS-04"))
    assert_problem(await service.send(csv("7.1-1;;11")), 422, "reported_elsewhere")
    ok(await service.send(sheet("OPS-040202;7.1-1;;20"), unit="ROPS-04", if_match='"v1"'))
    ok(await service.send(csv("7.1-1;;11")))
    assert await achieved(service) == ("31.000000", 2, 0)


@pytest.mark.parametrize("word", ["n/d", "", "-", "–", "x", "brak", "\u2212"])
async def test_missing_is_not_zero(service: IndicatorsService, word: str) -> None:
    own = {"territory": "040201", "as_of": "2010-06-30"}
    ok(await service.send(csv(f"7.1-1;;{word}"), period="2010-H1"))
    row = await service.row("7.1-1", **own)
    assert (row["achieved"], row["percentage"], row["missing"], row["complete"]) == (None, None, 1, False)
    ok(await service.send(csv("7.1-1;;0"), period="2010-H1", if_match='"v1"'))
    row = await service.row("7.1-1", **own)
    assert (row["achieved"], row["reported"], row["missing"], row["complete"]) == ("0.000000", 1, 0, True)


@pytest.mark.parametrize("gap", ["null", '"n/d"'])
async def test_gap_of_json_is_not_zero(service: IndicatorsService, gap: str) -> None:
    document = f'{{"rows": [{{"indicator": "7.1-1", "value": {gap}}}]}}'

    # The other two indicators of the form are absent.
    assert ok(await service.send(document, media_type="application/json"))["missing"] == 3
    assert await achieved(service) == (None, 0, 1)


async def test_a_form_that_allows_it_takes_the_good_rows(service: IndicatorsService) -> None:
    changed = form_body(["7.1-1", "7.1-2", "7.1-3"], partial=True)
    ok(await service.officer.put("/v1/forms/SP7", json=changed, headers={"If-Match": '"v1"'}))
    receipt = ok(await service.send(csv("7.1-1;;10", "7.1-2;;12%", "7.1-3;;n/d")))
    assert (receipt["outcome"], receipt["rows"], receipt["accepted"], receipt["findings"]) == (
        "partially_accepted", 3, 2, 1,
    )  # fmt: skip
    assert await achieved(service) == ("10.000000", 1, 0)
    assert await achieved(service, "7.1-2") == (None, 0, 0)
    nothing_good = await service.send(csv("7.1-1;;10%"), period="2011-H2")
    assert_problem(nothing_good, 422, "submission_rejected")


async def test_an_attempt_is_no_version(service: IndicatorsService) -> None:
    first = ok(await service.send(csv("7.1-1;;10")))
    assert (await service.send(csv("7.1-1;;x%"), if_match='"v1"')).status_code == 422
    assert ok(await service.officer.get(first["links"]["self"]))["is_current"]
    assert ok(await service.send(csv("7.1-1;;11"), if_match='"v1"'))["version"] == 2
    listed = ok(await service.officer.get("/v1/submissions", params={"period": "2011-H1"}))["items"]
    assert [(one["outcome"], one["version"]) for one in listed] == [
        ("accepted_with_warnings", 2),
        ("rejected", None),
        ("accepted_with_warnings", 1),
    ]


async def test_submissions_are_listed_newest_first_and_by_page(service: IndicatorsService) -> None:
    for period in ("2010-H1", "2010-H2", "2011-H1"):
        ok(await service.send(csv("7.1-1;;10"), period=period))
    first = await service.officer.get("/v1/submissions", params={"limit": 2, "unit": "OPS-040201", "form": "SP7"})
    rest = await service.officer.get(first.links["next"]["url"])
    listed = [one["period"] for page in (first, rest) for one in page.json()["items"]]

    assert listed == ["2011-H1", "2010-H2", "2010-H1"]
    assert rest.json()["next"] is None


async def test_findings_are_listed_by_page(service: IndicatorsService) -> None:
    rejected = await service.send(csv(*(f"7.1-9{number};;1" for number in range(5))))
    address = rejected.json()["submission"]["links"]["findings"]
    first = await service.officer.get(address, params={"limit": 3})
    rest = await service.officer.get(first.links["next"]["url"])

    assert [one["row"] for page in (first, rest) for one in page.json()["items"]] == [2, 3, 4, 5, 6]
