"""Counts of units in dashboards of figures made of returns: who owes, who gave, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.regions.recorded_reports import FixedReports, gateway_before
from tests.support.services.gateway import DASHBOARD, client_of, report, report_row

NAME = "Liczba klientów"


async def read(*rows: dict[str, Any], dashboard: str = DASHBOARD, **headers: str) -> dict[str, Any]:
    """Section of the indicators in a dashboard of these rows."""
    services = FixedReports("indicators", {"/v1/reports/indicators": report(*rows)})
    async with client_of(gateway_before(services)) as client:
        answer = await client.get(dashboard, params={"as_of": "2011-12-31"}, headers=headers)
    assert answer.status_code == 200, answer.text
    return next(one for one in answer.json()["sections"] if one["key"] == "indicators")


def row(given: int, owing: int | None, indicator: str = "7.1-1", **more: Any) -> dict[str, Any]:
    counts = {"owing": owing, "given_for_period": given, "complete": given == owing, "period": "2011-H2"}
    return report_row(indicator, NAME, **counts | more)


def first_cells(section: dict[str, Any]) -> dict[str, Any]:
    return section["groups"][0]["rows"][0]["cells"]


async def test_one_return_of_all_is_not_ok() -> None:
    section = await read(row(1, 144))

    assert section["status"] == "incomplete"
    assert section["notice"] == (
        "Działanie 7.1: sprawozdania za II półrocze 2011 r. złożyła 1 z 144 jednostek; wartości są niepełne."
    )
    cells = first_cells(section)
    assert cells["units"]["display"] == "1 z 144 jednostek"
    assert (cells["achieved"]["status"], cells["percentage"]["status"]) == ("incomplete", "incomplete")


@pytest.mark.parametrize(
    ("given", "owing", "polish", "english"),
    [
        (68, 68, "68 z 68 jednostek", "68 of 68 units"),
        (1, 1, "1 z 1 jednostki", "1 of 1 unit"),
        (0, 2, "0 z 2 jednostek", "0 of 2 units"),
        (1234, 2479, "1\u00a0234 z 2\u00a0479 jednostek", "1,234 of 2,479 units"),
    ],
)
async def test_counts_are_shown_in_both_languages(given: int, owing: int, polish: str, english: str) -> None:
    shown = [
        first_cells(await read(row(given, owing), **{"Accept-Language": language}))["units"]["display"]
        for language in ("pl", "en")
    ]

    assert shown == [polish, english]


@pytest.mark.parametrize(("given", "verb"), [(0, "złożyło 0"), (1, "złożyła 1"), (3, "złożyły 3"), (12, "złożyło 12")])
async def test_notice_has_the_verb_of_its_number(given: int, verb: str) -> None:
    assert f"{verb} z 144 jednostek" in (await read(row(given, 144)))["notice"]


async def test_complete_returns_make_an_ok_section_without_notice() -> None:
    section = await read(row(68, 68))

    assert (section["status"], "notice" in section) == ("ok", False)


async def test_unknown_list_is_neither_zero_nor_complete() -> None:
    section = await read(row(3, None, complete=False))
    units = first_cells(section)["units"]

    assert (section["status"], units["value"], units["display"]) == ("incomplete", None, "n/d")
    assert units["notes"][0].startswith("nie zapisano wykazu jednostek")
    assert first_cells(section)["achieved"]["owing"] is None


async def test_nothing_is_owed_before_the_first_period() -> None:
    section = await read(report_row("7.1-1", NAME, achieved=None, period=None, owing=None, complete=False))

    assert section["status"] == "ok"
    assert first_cells(section)["units"]["status"] == "not_applicable"


async def test_notice_names_each_lack_once_with_its_measures() -> None:
    section = await read(
        row(5, 144), row(1, 144, "7.1-2"), row(1, 144, "7.2-1"), row(144, 144, "7.3-1", complete=False, missing=2),
        row(144, 144, "7.4-1", complete=False), row(144, 144, "7.5-1"),
    )  # fmt: skip

    assert section["notice"] == (
        "Działania 7.1, 7.2: sprawozdania za II półrocze 2011 r. złożyła 1 z 144 jednostek; wartości są niepełne. "
        "Działanie 7.3: część jednostek zgłosiła brak danych; wartości są niepełne. "
        "Działanie 7.4: brakuje sprawozdań za wcześniejsze okresy; wartości są niepełne."
    )


async def test_overview_shows_the_same_section() -> None:
    alone = await read(row(1, 144))
    together = await read(row(1, 144), dashboard="/v1/dashboards/overview")

    assert together == alone


async def test_incomplete_section_is_whole_and_cached() -> None:
    services = FixedReports("indicators", {"/v1/reports/indicators": report(row(1, 144))})
    async with client_of(gateway_before(services)) as client:
        answers = [await client.get(DASHBOARD, params={"as_of": "2011-12-31"}) for _ in range(2)]

    assert ["miernik-degraded" in answer.headers for answer in answers] == [False, False]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["etag"]
