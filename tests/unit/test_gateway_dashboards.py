"""Dashboards from fixed reports: the words of the office's slides, and what is shown where there is no figure."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.services.gateway import (
    DASHBOARD,
    Indicators,
    client_of,
    first_cells,
    gateway_in_front_of,
    report,
    report_row,
    target,
)

from miernik_gateway.dashboards.compose.body import DashboardBody

CLIENTS = "Liczba klientów instytucji pomocy społecznej, którzy zakończyli udział w projektach"
NBSP = "\u00a0"


def slide_7() -> list[dict[str, Any]]:
    return [
        report_row(
            "7.1-1",
            CLIENTS,
            revised_target=target("10000.000000", "proposed", effective_on="2011-03-01"),
            percentage="70.09",
            percentage_base="proposed",
        ),
        report_row(
            "7.1-1",
            "osoby z terenów wiejskich",
            breakdown="rural",
            level=1,
            original_target=target("3500.000000", "original"),
            revised_target=target("3600.000000", "proposed"),
            achieved="2539.000000",
            percentage="70.53",
            percentage_base="proposed",
        ),
    ]


def slide_8() -> list[dict[str, Any]]:
    earmarked = {"earmarked_value": "2000.000000", "earmarked_label": "wynikające z KRW"}
    return [
        report_row(
            "7.2-1",
            "Liczba osób zagrożonych wykluczeniem społecznym, które zakończyły udział w projekcie",
            original_target=target("4000.000000", "original"),
            revised_target=target("6000.000000", "proposed", **earmarked),
            achieved="3052.000000",
            percentage="50.87",
            percentage_base="proposed",
            change_note="zmiana nazwy i definicji wskaźnika",
        ),
        report_row(
            "7.2-5",
            "Liczba podmiotów ekonomii społecznej utworzona dzięki wsparciu z EFS",
            unit_of_measure="podmioty",
            original_target=target("0.000000", "original"),
            revised_target=target("19.000000", "proposed"),
            achieved="0.000000",
            percentage="0.00",
            percentage_base="proposed",
        ),
    ]


def slide_9() -> list[dict[str, Any]]:
    return [report_row("7.3-1", "Liczba projektów", achieved="202.000000", percentage="61.03")]


async def read(*rows: dict[str, Any], language: str = "pl", **more: Any) -> dict[str, Any]:
    """The dashboard of a report with these rows."""
    provider = Indicators(body=report(*rows, **more))
    async with client_of(gateway_in_front_of(provider)) as client:
        answer = await client.get(DASHBOARD, headers={"Accept-Language": language}, params={"as_of": "2011-06-30"})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    DashboardBody.model_validate(answer.json())
    return answer.json()


def groups(body: dict[str, Any]) -> list[dict[str, Any]]:
    return body["sections"][0]["groups"]


def titles(group: dict[str, Any]) -> list[str]:
    return [column["title"] for column in group["columns"]]


async def test_the_words_of_the_slides() -> None:
    body = await read(*slide_7(), *slide_8(), *slide_9())
    assert body["title"] == "Postęp rzeczowy – osiągnięte wskaźniki"
    assert [group["title"] for group in groups(body)] == [
        "Wskaźniki monitorowania Działania 7.1",
        "Wskaźniki monitorowania Działania 7.2",
        "Wskaźniki monitorowania Działania 7.3",
    ]
    first, second, third = groups(body)
    proposed = [
        "Nazwa wskaźnika",
        "pierwotna wartość wskaźnika",
        "Nowa wartość (proponowana)",
        "wykonanie na dzień 30 czerwca 2011 r.",
        "% wykonania nowej wartości (proponowanej)",
        "sprawozdania za I półrocze 2011 r.",
    ]
    assert titles(first) == titles(second) == proposed
    assert titles(third) == [*proposed[:2], proposed[3], "% wykonania pierwotnej wartości", proposed[5]]
    source = "Dane na podstawie Sprawozdania z realizacji Działania za I półrocze 2011 r. (144 jednostki)"
    assert first["sources"] == [{"text": source, "date": "2011-06-30"}]


async def test_a_row_with_its_part() -> None:
    whole, part = groups(await read(*slide_7()))[0]["rows"]
    assert (whole["key"], whole["level"], part["key"], part["level"]) == ("7.1-1", 0, "7.1-1/rural", 1)
    assert part["cells"]["name"]["display"] == "w tym osoby z terenów wiejskich"
    assert part["cells"]["name"]["value"] == "osoby z terenów wiejskich"
    cells = whole["cells"]
    shown = [cells[key]["display"] for key in ("original_target", "revised_target", "achieved", "percentage")]
    assert shown == [f"9{NBSP}800", f"10{NBSP}000", f"7{NBSP}009", "70,09%"]
    assert cells["percentage"] == {
        "value": "70.09",
        "display": "70,09%",
        "status": "ok",
        "base": "proposed",
        "base_title": "nowej wartości (proponowanej)",
    }
    assert cells["revised_target"]["target_status"] == "proposed"
    assert cells["revised_target"]["effective_on"] == "2011-03-01"
    assert (cells["achieved"]["reported"], cells["achieved"]["missing"]) == (144, 0)
    assert [cells["achieved"][name] for name in ("owing", "given", "given_for_period")] == [144, 144, 144]
    assert cells["units"] == {"value": "144/144", "display": "144 z 144 jednostek", "status": "ok"}
    assert (whole["unit"], whole["proof"]) == ("osoby", "/v1/observations?indicator=7.1-1")


async def test_a_part_whose_name_says_so_already() -> None:
    row = report_row("7.1-1", "w tym osoby z terenów wiejskich", breakdown="rural", level=1)
    assert first_cells(await read(row))["name"]["display"] == "w tym osoby z terenów wiejskich"


async def test_the_part_of_a_target_from_the_performance_reserve() -> None:
    row = groups(await read(*slide_8()))[0]["rows"][0]
    earmarked = row["cells"]["revised_target"]["earmarked"]

    assert earmarked["display"] == f"w tym 2{NBSP}000 wynikające z KRW"
    assert earmarked["value"] == "2000.000000"
    assert row["note"] == "zmiana nazwy i definicji wskaźnika"
    assert "earmarked" not in row["cells"]["original_target"]


async def test_a_new_indicator_counts_from_zero_which_is_a_figure() -> None:
    cells = groups(await read(*slide_8()))[0]["rows"][1]["cells"]

    assert [cells[key]["display"] for key in ("original_target", "achieved", "percentage")] == ["0", "0", "0,00%"]
    assert {cells[key]["status"] for key in ("original_target", "achieved", "percentage")} == {"ok"}


async def test_missing_is_not_zero() -> None:
    row = report_row("7.1-1", CLIENTS, achieved=None, percentage=None, reported=0, missing=144, complete=False)
    cells = first_cells(await read(row))
    for key in ("achieved", "percentage"):
        assert (cells[key]["value"], cells[key]["display"], cells[key]["status"]) == (None, "n/d", "missing")

    assert cells["achieved"]["missing"] == 144


async def test_a_figure_with_missing_parts_says_so() -> None:
    cells = first_cells(await read(report_row("7.1-1", CLIENTS, reported=140, missing=4, complete=False)))

    assert (cells["achieved"]["status"], cells["percentage"]["status"]) == ("incomplete", "incomplete")
    assert (cells["achieved"]["display"], cells["achieved"]["missing"]) == (f"7{NBSP}009", 4)
    assert cells["original_target"]["status"] == "ok"


async def test_no_target_and_no_base() -> None:
    rows = [
        report_row("7.1-1", CLIENTS, original_target=None, percentage=None, percentage_base=None),
        report_row("7.1-2", CLIENTS, revised_target=target("1.000000", "approved"), percentage_base="approved"),
    ]
    body = await read(*rows)
    cells = first_cells(body)

    assert (cells["original_target"]["status"], cells["original_target"]["display"]) == ("missing", "n/d")
    assert (cells["revised_target"]["status"], cells["revised_target"]["display"]) == ("not_applicable", "–")
    assert (cells["percentage"]["status"], cells["percentage"]["value"]) == ("not_applicable", None)
    assert titles(groups(body)[0])[2] == "Nowa wartość (zatwierdzona)"
    assert titles(groups(body)[0])[4] == "% wykonania nowej wartości (zatwierdzonej)"


async def test_a_group_of_different_bases_names_the_base_in_every_cell() -> None:
    rows = [
        *slide_7(),
        report_row("7.1-3", CLIENTS, revised_target=target("1.000000", "approved"), percentage_base="original"),
    ]
    group = groups(await read(*rows))[0]

    assert titles(group)[2] == "Nowa wartość"
    assert titles(group)[4] == "% wykonania"
    assert [row["cells"]["percentage"]["base"] for row in group["rows"]] == ["proposed", "proposed", "original"]


async def test_in_english() -> None:
    body = await read(*slide_7(), report_row("7.1-2", "x", achieved=None, percentage=None), language="en")

    assert body["title"] == "Physical progress – indicators achieved"
    assert titles(groups(body)[0])[1:4] == ["original target", "new target (proposed)", "achieved as of 30 June 2011"]
    assert groups(body)[0]["rows"][1]["cells"]["name"]["display"] == "of which osoby z terenów wiejskich"
    assert groups(body)[0]["rows"][0]["cells"]["percentage"]["display"] == "70.09%"
    assert groups(body)[0]["rows"][2]["cells"]["achieved"]["display"] == "n/a"


async def test_the_question_reaches_the_service_with_its_defaults() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD, params={"measure": "7.1"})

    assert dict(provider.asked[0].url.params) == {"as_of": "2011-09-26", "measure": "7.1", "territory": "04"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("as-of=2011-06-30", "parameter_unknown"),
        ("measure=7.1&measure=7.2", "parameter_repeated"),
        ("as_of=2011-06-30&as%5Fof=2010-06-30", "parameter_repeated"),
        ("known_at=", "parameter_empty"),
        ("as_of=2011-06-30;as_of=2010-06-30", "query_semicolon"),
    ],
)
async def test_a_misspelt_question_is_refused_and_does_not_show_other_figures(query: str, code: str) -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        for _ in range(2):
            answer = await client.get(f"{DASHBOARD}?{query}")
            assert_problem(answer, 422, code)

    assert provider.reads == 0


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refusal_of_the_service_is_passed_on_as_it_is(status: int) -> None:
    provider = Indicators(status=status)
    async with client_of(gateway_in_front_of(provider)) as client:
        for reads in (1, 2):
            answer = await client.get(DASHBOARD)
            assert (answer.status_code, answer.headers["cache-control"]) == (status, "no-store")
            assert answer.json() == {**provider.body, "position": 10}
            assert provider.reads == reads


FAILURES = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("late"),
    httpx.ReadTimeout("late"),
    httpx.RemoteProtocolError("cut"),
    503,
    500,
    401,
    b"not a report",
]


def break_down(provider: Indicators, failure: Exception | int | bytes) -> None:
    if isinstance(failure, Exception):
        provider.failure = failure
    elif isinstance(failure, int):
        provider.status = failure
    else:
        provider.body = {"report": failure.decode()}


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_a_service_that_is_down_costs_its_section_only(failure: Exception | int | bytes) -> None:
    provider = Indicators()
    break_down(provider, failure)
    async with client_of(app := gateway_in_front_of(provider)) as client:
        answer = await client.get(DASHBOARD)
    assert answer.status_code == 200
    assert answer.headers["miernik-degraded"] == "indicators"
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    (section,) = answer.json()["sections"]
    assert (section["status"], section["groups"]) == ("missing", [])
    assert "nie oznacza to zera" in section["notice"]
    assert app.state.gateway.cache.size == 0


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_the_last_good_section_is_shown_as_stale_and_says_since_when(failure: Exception | int | bytes) -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        whole = await client.get(DASHBOARD)
        provider.change("7010")
        await client.post("/v1/submissions", json={})
        break_down(provider, failure)
        stale = await client.get(DASHBOARD)
        assert (stale.status_code, stale.headers["cache-control"]) == (200, "no-store")
        section = stale.json()["sections"][0]
        assert (section["status"], section["position"]) == ("stale", 10)
        assert section["as_of_instant"] == "2011-09-26T12:00:00Z"
        assert section["groups"] == whole.json()["sections"][0]["groups"]
        provider.failure, provider.status, provider.position = None, 200, 11
        provider.body = report(report_row("7.1-1", "x", achieved="7010"))
        again = await client.get(DASHBOARD)
        assert "miernik-degraded" not in again.headers
        assert first_cells(again.json())["achieved"]["value"] == "7010"


async def test_what_others_may_not_see_is_not_shown_as_stale_either() -> None:
    from tests.support.services.gateway import UNIT_KEY

    provider = Indicators()
    app = gateway_in_front_of(provider)
    async with client_of(app) as region, client_of(app, UNIT_KEY) as unit:
        await region.get(DASHBOARD)
        provider.failure = httpx.ConnectError("refused")
        assert (await unit.get(DASHBOARD)).json()["sections"][0]["status"] == "missing"


async def test_one_cut_connection_does_not_degrade_a_read() -> None:
    """A service closes an idle connection at the moment that the gateway uses it."""

    class CutsOnce(Indicators):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if not self.asked:
                self.asked.append(request)
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            return await super().handle_async_request(request)

    async with client_of(gateway_in_front_of(CutsOnce())) as client:
        assert (await client.get(DASHBOARD)).json()["sections"][0]["status"] == "ok"
