"""Applications, money and calls from fixed reports: the words and figures of slides 5, 6 and 17 to 19."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.regions.recorded_reports import (
    HEADINGS,
    RATE,
    THEME,
    TYPE_OF_PROJECT,
    FixedReports,
    call,
    contracting,
    contracting_row,
    gateway_before,
    pipeline,
    pipeline_row,
    share,
    slide_5,
    slide_6,
    slides_17_to_19,
)
from tests.support.services.gateway import client_of

from miernik_gateway.dashboards.compose.body import DashboardBody

SERVICES = {"pipeline": "calls", "calls": "calls", "contracting": "contracts"}


async def read(key: str, report: dict[str, Any], language: str = "pl", **query: str) -> dict[str, Any]:
    """The dashboard of a report."""
    provider = FixedReports(SERVICES[key], {f"/v1/reports/{key}": report})
    async with client_of(gateway_before(provider)) as client:
        path = f"/v1/dashboards/{key}"
        answer = await client.get(path, headers={"Accept-Language": language}, params={"as_of": "2011-08-31", **query})
    assert answer.status_code == 200, answer.text
    assert "miernik-degraded" not in answer.headers
    DashboardBody.model_validate(answer.json())
    return answer.json()


def tables(body: dict[str, Any]) -> list[dict[str, Any]]:
    return body["sections"][0]["groups"]


def display_rows(table: dict[str, Any]) -> list[list[str | None]]:
    """Displayed cells of the table, row by row; None where a cell of an earlier row spans."""
    keys = [column["key"] for column in table["columns"]]
    return [[_display(row["cells"].get(key)) for key in keys] for row in table["rows"]]


def _display(cell: dict[str, Any] | None) -> str | None:
    return None if cell is None else cell["display"].replace("\u00a0", " ")


async def test_slide_5() -> None:
    body = await read("pipeline", slide_5())
    assert body["title"] == "Proces aplikowania o środki – wartości kumulatywne"
    (table,) = tables(body)
    assert table["title"] == "Priorytet VII Promocja integracji społecznej"
    assert [(group["title"], group["columns"]) for group in table["column_groups"]] == [
        ("Wnioski ZŁOŻONE w odpowiedzi na konkurs/nabór systemowy", ["submitted_number", "submitted_value"]),
        (
            "Wnioski z POZYTYWNYM wynikiem oceny formalnej",
            ["formally_positive_number", "formally_positive_value"],
        ),
        ("Wnioski PRZYJĘTE DO REALIZACJI", ["accepted_number", "accepted_value"]),
    ]
    stages = ["Liczba wniosków", "Wartość wniosków o dofinansowanie"] * 3
    assert [column["title"] for column in table["columns"]] == ["Działanie/ Poddziałanie", *stages]
    first, *_, last_but_one, last = display_rows(table)
    assert first == [
        "Poddziałanie 7.1.1", "139", "77 905 316,44 zł", "139", "77 512 480,00 zł", "138", "76 418 210,18 zł",
    ]  # fmt: skip
    assert last_but_one[:3] == ["Działanie 7.3", "1 487", "69 745 312,11 zł"]
    assert last[0] == "OGÓŁEM"
    assert last[-1] == "234 551 148,06 zł"
    assert table["rows"][0]["title"].startswith("Rozwój i upowszechnianie")
    assert [row["key"] for row in table["rows"]][-2:] == ["7.3", "total"]


async def test_the_source_of_slide_5_stands_at_one_column_group_only() -> None:
    (table,) = tables(await read("pipeline", slide_5()))
    text = "Dane na podstawie KSI SIMIK według stanu na dzień 31 sierpnia 2011 r."
    marked = {group["key"]: group.get("sources") for group in table["column_groups"]}

    assert marked == {
        "submitted": None,
        "formally_positive": [{"text": text, "date": "2011-08-31", "mark": "*"}],
        "accepted": None,
    }
    assert table["sources"] == []


async def test_what_belongs_to_no_node_comes_before_the_total_and_a_gap_is_no_zero() -> None:
    rows = [
        pipeline_row(None, (3, "30.00"), (1, "10.00"), (None, None), complete=False),
        pipeline_row(None, (1, "10.00"), (0, "0.00"), (0, "0.00"), kind="unassigned"),
        pipeline_row("7.3", (2, "20.00"), (1, "10.00"), (None, None)),
    ]
    (table,) = tables(await read("pipeline", pipeline(*rows)))
    assert [(row["kind"], row["key"]) for row in table["rows"]] == [
        ("node", "7.3"),
        ("unassigned", "unassigned"),
        ("total", "total"),
    ]
    assert [row[0] for row in display_rows(table)] == ["Działanie 7.3", "nieprzypisane", "OGÓŁEM"]
    node, unassigned, total = (row["cells"] for row in table["rows"])
    assert (node["accepted_number"]["status"], node["accepted_value"]["display"]) == ("missing", "n/d")
    assert (unassigned["accepted_number"]["status"], unassigned["accepted_number"]["display"]) == ("ok", "0")
    assert total["submitted_value"]["status"] == "incomplete"


async def test_what_hangs_on_an_inner_node_itself_is_not_called_like_the_whole() -> None:
    figures = ((1, "3.00"), (0, "0.00"), (0, "0.00"))
    rows = [
        pipeline_row("VII", *figures, level="priority", directly_on="priority"),
        pipeline_row("7.2", *figures, directly_on="measure"),
        pipeline_row("7.2.1", *figures, directly_on=None),
        pipeline_row("7.3", *figures, directly_on=None),
    ]
    (table,) = tables(await read("pipeline", pipeline(*rows)))

    assert [row[0] for row in display_rows(table)] == [
        "Priorytet VII (bez działania)", "Działanie 7.2 (bez poddziałania)", "Poddziałanie 7.2.1", "Działanie 7.3",
    ]  # fmt: skip


async def test_a_value_above_the_earlier_stage_is_noted_at_its_cell() -> None:
    rows = [pipeline_row(code, (2, "20.00"), (2, "30.00"), (1, "5.00")) for code in ("7.2.1", "7.3", None)]
    finding = {
        "code": "value_above_earlier_stage",
        "office": "04",
        "node": "node-7.3",
        "stage": "formally_positive",
        "count": 2,
        "applications": [{"id": "1", "number": "WND/1"}, {"id": "2", "number": "WND/2"}],
    }
    (table,) = tables(await read("pipeline", pipeline(*rows, findings=[finding])))
    noted = {
        (row["key"], key): cell["notes"]
        for row in table["rows"]
        for key, cell in row["cells"].items()
        if cell.get("notes")
    }
    text = "Wartość wyższa niż na wcześniejszym etapie; wnioski (razem 2): WND/1, WND/2"

    assert noted == {("7.3", "formally_positive_value"): [text]}


async def test_many_applications_are_counted_and_the_first_named() -> None:
    rows = [pipeline_row(None, (200, "20.00"), (2, "30.00"), (1, "5.00"), kind="unassigned")]
    rows += [pipeline_row(None, (200, "20.00"), (2, "30.00"), (1, "5.00"))]
    rows += [pipeline_row(None, (2, "2.00"), (2, "3.00"), (1, "5.00"), kind="unassigned", office="32")]
    named = [{"id": str(one), "number": f"WND/{one}"} for one in range(100)]
    finding = {"code": "value_above_earlier_stage", "node": None, "stage": "accepted", "count": 150}
    report = pipeline(*rows, findings=[{**finding, "office": "04", "applications": named}])
    first, second = tables(await read("pipeline", report, office="PL"))
    (note,) = first["rows"][0]["cells"]["accepted_value"]["notes"]

    assert note.startswith("Wartość wyższa niż na wcześniejszym etapie; wnioski (razem 150): WND/0, ")
    assert note.endswith("WND/9, …")
    assert (first["rows"][1]["kind"], "notes" in first["rows"][1]["cells"]["accepted_value"]) == ("total", False)
    assert "notes" not in second["rows"][0]["cells"]["accepted_value"]


async def test_offices_stand_apart() -> None:
    more = {"office": "32", "name": "Działanie"}
    rows = [
        pipeline_row("7.3", (2, "20.00"), (2, "20.00"), (1, "5.00")),
        pipeline_row(None, (2, "20.00"), (2, "20.00"), (1, "5.00")),
        pipeline_row("7.3", (9, "90.00"), (9, "90.00"), (9, "90.00"), **more),
        pipeline_row(None, (9, "90.00"), (9, "90.00"), (9, "90.00"), **more),
    ]
    headings = [*HEADINGS, {"office": "32", "level": "priority", "code": "I", "name": "Integracja"}]
    body = await read("pipeline", pipeline(*rows, office="PL", headings=headings), office="PL")
    first, second = tables(body)

    assert (first["key"], second["key"]) == ("04", "32")
    assert first["title"] == "Województwo kujawsko-pomorskie: Priorytet VII Promocja integracji społecznej"
    assert second["title"] == "Województwo zachodniopomorskie: Priorytet I Integracja"
    assert [row["kind"] for row in second["rows"]] == ["node", "total"]
    assert "sources" in first["column_groups"][1]
    assert "sources" not in second["column_groups"][1]


async def test_a_tree_without_a_priority_has_a_title() -> None:
    rows = [pipeline_row("7.3", (2, "20.00"), (2, "20.00"), (1, "5.00"))]
    programme = [{"office": "04", "level": "programme", "code": "POKL", "name": "Kapitał Ludzki"}]
    (table,) = tables(await read("pipeline", pipeline(*rows, headings=programme)))
    assert table["title"] == "Program POKL Kapitał Ludzki"
    (table,) = tables(await read("pipeline", pipeline(*rows, headings=[])))
    assert table["title"] == "Województwo kujawsko-pomorskie"
    rows.append(pipeline_row(None, (9, "90.00"), (9, "90.00"), (9, "90.00"), office="32"))
    body = await read("pipeline", pipeline(*rows, office="PL", headings=programme), office="PL")
    assert [table["title"] for table in tables(body)] == [
        "Województwo kujawsko-pomorskie: Program POKL Kapitał Ludzki",
        "Województwo zachodniopomorskie",
    ]


async def test_slide_6() -> None:
    body = await read("contracting", slide_6())
    assert body["title"] == "Postęp finansowy – wartości kumulatywne"
    (table,) = tables(body)
    assert [group["title"] for group in table["column_groups"]] == [
        "Liczba podpisanych umów o dofinansowanie + wnioski rekomendowane do podpisania umowy o dofinansowanie",
        "Wartość podpisanych umów o dofinansowanie + wartość wniosków rekomendowanych do podpisania umowy o "
        "dofinansowanie",
    ]
    assert display_rows(table) == [
        ["Poddziałanie 7.1.1 (umowy ramowe)", "138", "–", "76 418 210,18 zł", "–", "54,95%"],
        ["Poddziałanie 7.1.2 (umowy ramowe)", "21", "–", "31 102 640,21 zł", "–", None],
        ["Poddziałanie 7.1.3", "4", "–", "7 009 456,00 zł", "–", None],
        ["Poddziałanie 7.2.1", "99", "19", "62 735 118,57 zł", "11 482 316,68 zł", "75,01%"],
        ["Poddziałanie 7.2.2", "35", "6", "24 745 249,88 zł", "5 214 300,00 zł", None],
        ["Działanie 7.3", "331", "3", "15 697 036,52 zł", "146 820,02 zł", "52,46%"],
        ["OGÓŁEM", "628", "28", "217 707 711,36 zł", "16 843 436,70 zł", "62,13%"],
    ]
    spans = [row["cells"].get("percentage", {}).get("row_span") for row in table["rows"]]
    assert spans == [3, None, None, 2, None, 1, 1]
    column = table["columns"][-1]
    text = "Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011 r."
    assert column["title"] == "% kontraktacji na Działanie"
    assert column["notes"] == [{"text": text, "mark": "*"}]


async def test_a_percentage_says_what_it_was_computed_from() -> None:
    (table,) = tables(await read("contracting", slide_6()))
    details = table["rows"][3]["cells"]["percentage"]["details"]

    assert [(one["key"], one["value"], one["display"].replace("\u00a0", " ")) for one in details] == [
        ("contracted", "104176985.13", "104 176 985,13 zł"),
        ("allocation", "34650000.00", "34 650 000 EUR"),
        ("allocation_pln", "138884130.00", "138 884 130,00 zł"),
    ]


async def test_share_over_100_percent_is_shown_and_unknown_share_is_missing() -> None:
    rows = [
        contracting_row("7.2.1", (1, "150.00"), (0, "0.00"), share("150.00", "150.00", "25.00", "100.00")),
        contracting_row("7.3", (1, "1.00"), (0, "0.00"), None),
    ]
    notes = [{"text": "Uwaga", "office": "04"}, {"text": "Druga", "office": "04"}, {"text": "Obca", "office": "32"}]
    (table,) = tables(await read("contracting", contracting(*rows, rate=None, notes=notes)))

    assert [row[-1] for row in display_rows(table)] == ["150,00%", "n/d"]
    assert "notes" not in table["columns"][-1]
    assert table["notes"] == [{"text": "Uwaga"}, {"text": "Druga"}]


async def test_total_beside_rows_of_no_measure_keeps_its_percentage() -> None:
    of_none = contracting_row(None, (1, "10.00"), (0, "0.00"), share(None, "10.00", "0", "0"), kind="unassigned")
    total = contracting_row(None, (629, "217707721.36"), (28, "16843436.70"), share("62.13", "1", "1", "1"))
    (table,) = tables(await read("contracting", contracting(of_none, total)))
    cells = [row["cells"].get("percentage") for row in table["rows"]]
    assert [(cell["value"], cell["row_span"]) for cell in cells if cell] == [(None, 1), ("62.13", 1)]


async def test_slides_17_to_19() -> None:
    body = await read("calls", slides_17_to_19(), as_of="2011-09-26", year="2011")
    assert body["title"] == "Konkursy w 2011 r."
    first, second, third = tables(body)
    aim = "Aktywizacja zawodowa i społeczna osób zagrożonych wykluczeniem społecznym"
    assert [first["title"], second["title"], third["title"]] == [
        f"Poddziałanie 7.2.1 {aim}",
        "Poddziałanie 7.2.2 Wsparcie ekonomii społecznej",
        "Priorytet VII Promocja integracji społecznej",
    ]
    headings = {column["key"]: column["title"] for column in first["columns"]}
    assert headings["closes_on"] == "Nabór zakończony dnia"
    assert (headings["budget"], headings["planned_signing"]) == ("Alokacja", "Planowany termin podpisania umów")
    assert (headings["applications_number"], headings["applications_value"]) == (
        "Liczba złożonych wniosków",
        "na kwotę",
    )
    assert display_rows(first)[1] == [
        "Drugi konkurs zamknięty", "ogólny", "–", "konkurs zamknięty", "12 sierpnia 2011 r.", "14 618 532,07 zł", "108",
        "92 406 118,61 zł", "grudzień 2011/styczeń 2012",
    ]  # fmt: skip
    assert display_rows(first)[0][-1] == "wrzesień/październik 2011"
    assert (headings["theme"], headings["project_type"]) == ("TEMAT", "TYP PROJEKTU")
    assert display_rows(first)[2][:3] == ["Projekty współpracy ponadnarodowej", "–", TYPE_OF_PROJECT]
    assert display_rows(third)[0][:2] == ["Projekty innowacyjne", THEME]
    assert display_rows(second)[0][1] == "1/7.2.2/POKL/2011"
    assert display_rows(second)[0][-1] == "październik 2011 r."
    assert display_rows(third)[0][-3:] == ["n/d", "n/d", "luty 2012 r."]


async def test_calls_of_no_node_say_so() -> None:
    nowhere = {"code": None, "node_id": None, "level": None, "node_name": None}
    (table,) = tables(await read("calls", {**slides_17_to_19(), "rows": [{**call("7.3", "Konkurs"), **nowhere}]}))

    assert table["title"] == "nieprzypisane"


async def test_the_calls_are_all_that_are_known_unless_a_year_is_asked_for() -> None:
    provider = FixedReports("calls", {"/v1/reports/calls": slides_17_to_19()})
    titles: list[tuple[str, str]] = []
    async with client_of(gateway_before(provider)) as client:
        for query in ({"as_of": "2010-03-01"}, {"as_of": "2010-03-01", "year": "2009"}):
            shown = (await client.get("/v1/dashboards/calls", params=query)).json()
            titles.append((shown["title"], shown["sections"][0]["title"]))

    assert titles == [("Konkursy", "Konkursy"), ("Konkursy w 2009 r.", "Konkursy w 2009 r.")]
    assert [request.url.params.get("year") for request in provider.asked] == [None, "2009"]
    assert {request.url.params["office"] for request in provider.asked} == {"04"}


async def test_calls_that_are_in_no_year_are_counted() -> None:
    undated = {**slides_17_to_19(), "undated": [{"office": "04", "number": 2}]}
    (section,) = (await read("calls", undated))["sections"]

    assert section["notes"][-1] == (
        "Konkursy województwa 04, które nie mają żadnej daty i nie należą do żadnego roku: 2. "
        "Pokazuje je to samo zapytanie bez parametru year."
    )
    assert len(section["notes"]) == 2
    assert len((await read("calls", slides_17_to_19()))["sections"][0]["notes"]) == 1


@pytest.mark.parametrize("key", ["calls", "pipeline"])
async def test_a_section_with_no_table_says_why(key: str) -> None:
    nothing = {"calls": slides_17_to_19(), "pipeline": pipeline()}[key] | {"rows": []}
    (section,) = (await read(key, nothing))["sections"]
    assert (section["status"], section["groups"]) == ("ok", [])
    assert section["notice"].startswith("Na ten dzień i przy tych filtrach nie ma danych")
    (section,) = (await read("calls", slides_17_to_19()))["sections"]
    assert "notice" not in section


async def test_in_english() -> None:
    (table,) = tables(await read("contracting", slide_6(), language="en"))

    assert display_rows(table)[0][:4] == ["Sub-measure 7.1.1 (framework agreements)", "138", "–", "76,418,210.18 PLN"]
    assert display_rows(table)[-1][0] == "TOTAL"
    assert table["columns"][-1]["notes"][0]["text"] == "Computed at the euro rate of 4.0082 PLN as of August 2011"


BROKEN = [
    {**slide_6(), "rows": [{**slide_6()["rows"][0], "signed": {"number": "many", "value_pln": "1"}}]},
    {**slide_6(), "rows": [{"code": "7.3"}]},
    {**slide_6(), "rate": {**RATE, "rate": "four"}},
]


@pytest.mark.parametrize("report", BROKEN, ids=["value", "row", "rate"])
async def test_a_report_of_another_shape_costs_its_section_and_no_more(report: dict[str, Any]) -> None:
    provider = FixedReports("contracts", {"/v1/reports/contracting": report})
    app = gateway_before(provider)
    async with client_of(app) as client:
        answer = await client.get("/v1/dashboards/contracting")
    assert (answer.status_code, answer.headers["miernik-degraded"]) == (200, "contracts")
    (section,) = answer.json()["sections"]
    assert (section["status"], section["groups"]) == ("missing", [])
    assert app.state.gateway.cache.size == 0


async def test_a_past_read_that_took_too_long_says_so() -> None:
    provider = FixedReports("calls", {"/v1/reports/pipeline": {"code": "past_read_too_long"}}, status=503)
    async with client_of(gateway_before(provider)) as client:
        answer = await client.get("/v1/dashboards/pipeline", params={"known_at": "2011-01-01T00:00:00Z"})
        provider.bodies = {"/v1/reports/pipeline": {"code": "database_unavailable"}}
        down = await client.get("/v1/dashboards/pipeline", params={"known_at": "2011-01-01T00:00:00Z"})
    assert (answer.status_code, answer.headers["miernik-degraded"]) == (200, "calls")
    (section,) = answer.json()["sections"]
    assert section["status"] == "missing"
    assert "trwał zbyt długo" in section["notice"]
    assert "nie odpowiada" in down.json()["sections"][0]["notice"]


async def test_a_service_that_is_down_costs_its_dashboards_only() -> None:
    calls = FixedReports("calls", {"/v1/reports/pipeline": slide_5()})
    contracts = FixedReports("contracts", failure=httpx.ConnectError("refused"))
    async with client_of(gateway_before(calls, contracts)) as client:
        whole = await client.get("/v1/dashboards/pipeline")
        lost = await client.get("/v1/dashboards/contracting")

    assert "miernik-degraded" not in whole.headers
    assert lost.headers["miernik-degraded"] == "contracts"
