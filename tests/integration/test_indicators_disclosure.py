"""Disclosure control in the report: no reader of some units gets a neighbour's figures by subtraction."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.answers import ok
from tests.support.regions.sample_region import units_by_code
from tests.support.services.indicators_service import IndicatorsService, csv, sheet

JUNE = {"as_of": "2011-06-30"}
REASON = "nie pokazano: z tej sumy można by odczytać dane jednej jednostki"
POWIATY = ("0402", "0408", "0419")
"""Powiaty of the sample region with three gminy and with one."""
Shown = list[str | None]


async def gmina(service: IndicatorsService, code: str) -> httpx.AsyncClient:
    return service.gmina((await units_by_code(service))[f"OPS-{code}"])


async def read_figures(
    service: IndicatorsService, by: httpx.AsyncClient, *territories: str, indicator: str = "7.1-1", **query: str
) -> Shown:
    """Values of an indicator by territory, or `withheld`."""
    rows = [await service.row(indicator, by=by, **{**JUNE, **query, "territory": one}) for one in territories]
    assert [row["withheld"] for row in rows] == [row["withheld_reason"] is not None for row in rows]
    return ["withheld" if row["withheld"] else row["achieved"] for row in rows]


async def send_all(service: IndicatorsService, *rows: str, period: str = "2011-H1", **more: Any) -> httpx.Response:
    response = await service.send(sheet(*rows), unit="ROPS-04", period=period, **more)
    ok(response)
    return response


def moment(service: IndicatorsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def test_sums_of_one_other_unit_are_withheld_from_a_gmina(service: IndicatorsService) -> None:
    rows = ("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30")
    await send_all(service, *rows, "OPS-040802;7.1-1;;40", "OPS-041902;7.1-1;;50")
    own = await gmina(service, "040201")
    await service.set_target("7.1-1", "original", "100")

    shown = await read_figures(service, own, "040201", *POWIATY, "04", "PL")
    row = await service.row("7.1-1", by=own, territory="0408", **JUNE)

    assert shown == ["10.000000", "60.000000", "withheld", "withheld", "150.000000", "150.000000"]
    assert (row["achieved"], row["percentage"], row["withheld_reason"]) == (None, None, REASON)
    assert (await service.report(by=service.officer, territory="0408", **JUNE))["rows"][0]["achieved"] == "40.000000"


async def test_own_powiat_is_shown_with_two_others_or_none(service: IndicatorsService) -> None:
    await send_all(service, "OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040802;7.1-1;;40")
    pair, alone = await gmina(service, "040201"), await gmina(service, "040802")

    assert await read_figures(service, pair, "0402", "0408", "04") == ["withheld", "withheld", "70.000000"]
    assert await read_figures(service, alone, "0402", "0408", "04") == ["30.000000", "40.000000", "70.000000"]


async def test_powiat_that_the_voivodeship_would_reveal_takes_another_with_it(service: IndicatorsService) -> None:
    rows = ("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30")
    await send_all(service, *rows, "OPS-040802;7.1-1;;40")
    neighbour = await gmina(service, "041902")

    assert await read_figures(service, neighbour, *POWIATY, "04") == ["withheld", "withheld", None, "100.000000"]


async def test_period_of_one_other_unit_is_withheld_until_a_second_one_reports(service: IndicatorsService) -> None:
    rows = ("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30")
    await send_all(service, *rows, period="2010-H2")
    ok(await service.send(csv("7.1-1;;5"), unit="OPS-040202"))
    own = await gmina(service, "040201")

    then = await read_figures(service, own, "0402", "04", as_of="2010-12-31")
    before = await read_figures(service, own, "0402", "04")
    ok(await service.send(csv("7.1-1;;7"), unit="OPS-040203"))
    after = await read_figures(service, own, "0402", "04")

    assert then == ["60.000000", "60.000000"]
    assert before == ["withheld", "withheld"]
    assert after == ["72.000000", "72.000000"]


async def test_gap_that_supersedes_the_value_of_one_unit_is_a_contribution(service: IndicatorsService) -> None:
    await send_all(service, "OPS-040202;7.1-2;;20", "OPS-040203;7.1-2;;30", period="2010-H2")
    ok(await service.send(csv("7.1-2;;n/d"), unit="OPS-040203"))
    own = await gmina(service, "040201")

    shown = [
        await read_figures(service, own, "0402", "04", indicator="7.1-2", as_of=day)
        for day in ("2010-12-31", "2011-06-30")
    ]

    assert shown == [["50.000000", "50.000000"], ["withheld", "withheld"]]


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("2", "4", "6"), "12.000000"),
        (("", "4", ""), "withheld"),
        (("", "20", "29"), "withheld"),
        (("10", "", ""), "10.000000"),
    ],
    ids=["all", "one other", "one other's rest", "own"],
)
async def test_part_is_shown_if_it_and_the_rest_are_of_several_units(
    service: IndicatorsService, parts: tuple[str, ...], shown: str
) -> None:
    units = ("OPS-040201", "OPS-040202", "OPS-040203")
    wholes = [f"{unit};7.1-1;;{value}" for unit, value in zip(units, (10, 20, 30), strict=True)]
    given = [f"{unit};7.1-1;rural;{value}" for unit, value in zip(units, parts, strict=True) if value]
    await send_all(service, *wholes, *given)
    own = await gmina(service, "040201")

    whole = await service.row("7.1-1", by=own, territory="0402", **JUNE)
    part = await service.row("7.1-1", "rural", by=own, territory="0402", **JUNE)

    assert (whole["achieved"], part["achieved"] or "withheld") == ("60.000000", shown)
    assert part["withheld"] == (shown == "withheld")


async def test_past_sum_is_shown_while_others_have_changed_nothing(service: IndicatorsService) -> None:
    first = await send_all(service, "OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30")
    own = await gmina(service, "040201")
    then = moment(service)
    ok(await service.send(csv("7.1-1;;10"), by=own))

    still = await read_figures(service, own, "0402", known_at=then)
    corrected = sheet("OPS-040202;7.1-1;;21", "OPS-040203;7.1-1;;30")
    ok(await service.send(corrected, unit="ROPS-04", if_match=first.headers["ETag"]))
    changed = await service.row("7.1-1", by=own, territory="0402", known_at=then, **JUNE)
    now = await read_figures(service, own, "0402", "040201")

    assert still == ["50.000000"]
    assert changed["achieved"] is None
    assert changed["withheld_reason"].startswith("nie pokazano: dane innych jednostek w tej sumie zmieniły się")
    assert now == ["61.000000", "10.000000"]
    assert await read_figures(service, service.officer, "0402", known_at=then) == ["50.000000"]


async def test_past_without_others_is_shown_and_proofs_have_own_rows_only(service: IndicatorsService) -> None:
    own = await gmina(service, "040201")
    ok(await service.send(csv("7.1-1;;10"), by=own))
    then = moment(service)
    await send_all(service, "OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30")

    past = await read_figures(service, own, "0402", "04", known_at=then)
    proof = (await service.row("7.1-1", by=own, territory="0402", **JUNE))["proof"]

    assert past == ["10.000000", "10.000000"]
    assert [one["unit"] for one in ok(await own.get(proof))["items"]] == ["OPS-040201"]


async def test_reader_without_units_and_unit_of_the_region_are_bound_alike(service: IndicatorsService) -> None:
    await send_all(service, "OPS-040201;7.1-1;;10", "OPS-040802;7.1-1;;40", "OPS-221208;7.1-1;;400")
    nobody = service.caller("nobody", region=False)

    assert await read_figures(service, nobody, "0402", "04", "22", "PL") == [
        "withheld",
        "50.000000",
        "withheld",
        "withheld",
    ]
