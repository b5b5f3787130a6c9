"""Sections beyond today's tables: columns from data, other blocks, charts, a report of another day beside the first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.support.regions.recorded_reports import FixedReports, gateway_before
from tests.support.services.gateway import report, report_row

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual, Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block, Comparison, Dashboard, Section
from miernik_gateway.dashboards.catalogue.filter import AS_OF, TERRITORY, Filter
from miernik_gateway.dashboards.catalogue.query import DashboardQuery, Defaults, canonical_parameters
from miernik_gateway.dashboards.compose.blocks import Chart, KeyFigures, Note, Quotation, Text
from miernik_gateway.dashboards.compose.kinds import COUNT, MONEY
from miernik_gateway.dashboards.compose.table import Table
from miernik_gateway.dashboards.fetch.indicator_report import INDICATOR_REPORT, IndicatorReport
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_gateway.dashboards.serve.reader import Answer

SAY = Speaker("pl")
TITLE = Bilingual("Próba", "Trial")
COMPARE_TO = Filter(
    "compare_to", Bilingual("Porównaj z dniem", "Compare to"), Bilingual("Dzień", "Day"), others_allowed=True
)
SECTION = Section("trial", TITLE, INDICATOR_REPORT, lambda report, say: [])
DASHBOARD = Dashboard("trial", TITLE, (AS_OF, TERRITORY, COMPARE_TO), (SECTION,))


def query(text: str) -> DashboardQuery:
    parameters = canonical_parameters(DASHBOARD, text, Defaults(date(2011, 9, 26), "04"))
    return DashboardQuery("trial", parameters, "pl", "region")


async def read(section: Section[Any], indicators: FixedReports, text: str = "as_of=2011-06-30") -> Answer:
    reader = gateway_before(indicators).state.gateway.dashboards
    return await reader.read(replace(DASHBOARD, sections=(section,)), query(text), {})


async def section_body(section: Section[Any], *rows: Mapping[str, Any]) -> dict[str, Any]:
    """The section of a report with these rows."""
    answer = await read(section, FixedReports("indicators", {"/v1/reports/indicators": report(*rows)}))
    return json.loads(answer.entry.body)["sections"][0]


async def test_table_has_a_pair_of_columns_for_each_year_of_the_data() -> None:
    amounts = {"7.1": {2010: (3, Decimal("30.00")), 2011: (4, Decimal("41.50"))}, "7.2": {2011: (1, Decimal("2.00"))}}

    table = Table("years", "Umowy", SAY)
    name = table.text("name", "Działanie", "Kod działania")
    years = sorted({year for found in amounts.values() for year in found})
    columns = {}
    for year in years:
        group = table.group(f"year_{year}", str(year))
        columns[year] = group.count(f"number_{year}", "liczba", ""), group.money(f"value_{year}", "wartość", "")
    for code, found in amounts.items():
        row = table.row(code, proof=None)
        row[name] = code
        for year, (number, value) in found.items():
            row[columns[year][0]], row[columns[year][1]] = number, value

    body = table.body()
    assert [(one.title, one.columns) for one in body.column_groups] == [
        ("2010", ["number_2010", "value_2010"]),
        ("2011", ["number_2011", "value_2011"]),
    ]
    shown = [[cell.display.replace("\u00a0", " ") for cell in row.cells.values()] for row in body.rows]
    assert shown == [["7.1", "3", "30,00 zł", "4", "41,50 zł"], ["7.2", "n/d", "n/d", "1", "2,00 zł"]]
    assert [list(row.cells) for row in body.rows] == [[column.key for column in body.columns]] * 2


async def test_other_blocks_stand_beside_the_tables_in_their_order() -> None:
    def present(report: IndicatorReport, say: Speaker) -> Sequence[Block]:
        table = Table("7.1", "Wskaźniki", say)
        table.row("one", proof=None)[table.text("name", "Nazwa", "")] = report.rows[0].name
        figures = KeyFigures(say)
        figures.put(COUNT, "clients", say("Klienci", "Clients"), 1234)
        figures.put(MONEY, "spent", say("Wydano", "Spent"), None)
        return [
            Text([say("Wstęp.", "Introduction.")]),
            figures,
            table,
            Quotation("Bardzo pomogło.", author="uczestniczka"),
            Note("Uwaga."),
        ]

    body = await section_body(replace(SECTION, present=present), report_row("7.1-1", "Klienci"))

    assert [one["key"] for one in body["groups"]] == ["7.1"]
    assert body["notes"] == ["Uwaga."]
    assert body["blocks"] == [
        {"kind": "text", "paragraphs": ["Wstęp."]},
        {
            "kind": "key_figures",
            "figures": [
                {
                    "key": "clients",
                    "title": "Klienci",
                    "kind": "count",
                    "figure": {"value": "1234", "display": "1\u00a0234", "status": "ok"},
                },
                {
                    "key": "spent",
                    "title": "Wydano",
                    "kind": "money",
                    "figure": {"value": None, "display": "n/d", "status": "missing"},
                },
            ],
        },
        {"kind": "table", "table": "7.1"},
        {"kind": "quotation", "text": "Bardzo pomogło.", "author": "uczestniczka"},
    ]
    assert "notice" not in body


async def test_section_of_text_alone_is_not_said_to_be_empty() -> None:
    body = await section_body(replace(SECTION, present=lambda report, say: [Text(["Wstęp."])]))
    assert (body["groups"], len(body["blocks"]), "notice" in body) == ([], 1, False)


async def test_section_without_blocks_says_why() -> None:
    body = await section_body(SECTION)
    assert (body["groups"], "notice" in body) == ([], True)


async def test_section_of_tables_and_notes_has_no_member_blocks() -> None:
    def present(report: IndicatorReport, say: Speaker) -> Sequence[Block]:
        return [Table("7.1", "Wskaźniki", say), Note("Uwaga.")]

    assert "blocks" not in await section_body(replace(SECTION, present=present), report_row("7.1-1", "Klienci"))


async def test_chart_names_columns_of_its_table() -> None:
    def present(report: IndicatorReport, say: Speaker) -> Sequence[Block]:
        table = Table("7.1", "Wskaźniki", say)
        name = table.text("name", "Nazwa", "")
        achieved = table.number("achieved", "Wykonanie", "")
        for line in report.rows:
            row = table.row(line.indicator, proof=line.proof)
            row[name], row[achieved] = line.name, line.achieved
        return [table, Chart("Wykonanie", "bar", table, category=name, series=[achieved])]

    body = await section_body(replace(SECTION, present=present), report_row("7.1-1", "Klienci"))

    assert body["blocks"][1] == {
        "kind": "chart", "title": "Wykonanie", "form": "bar", "table": "7.1", "category": "name",
        "series": ["achieved"],
    }  # fmt: skip
    keys = {column["key"] for column in body["groups"][0]["columns"]}
    assert {body["blocks"][1]["category"], *body["blocks"][1]["series"]} <= keys


def present_change(shown: IndicatorReport, earlier: IndicatorReport | None, say: Speaker) -> Sequence[Block]:
    """Achieved values beside those of the other day."""
    table = Table("all", "Zmiana", say)
    now = table.number("now", "teraz", "")
    before = table.number("before", "wcześniej", "", optional=True)
    known = {one.indicator: one.achieved for one in earlier.rows} if earlier else {}
    for line in shown.rows:
        row = table.row(line.indicator, proof=line.proof)
        row[now], row[before] = line.achieved, known.get(line.indicator)
    return [table]


COMPARED = Section("trial", TITLE, INDICATOR_REPORT, Comparison(COMPARE_TO, present_change))
BOTH_DAYS = "as_of=2011-06-30&compare_to=2010-12-31"


class TwoDays(FixedReports):
    """Indicators of two days; ``lost`` is the day whose report fails."""

    lost: str | None = None
    refused: str | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        day = request.url.params["as_of"]
        achieved = {"2011-06-30": "7009", "2010-12-31": "5000"}[day]
        self.bodies = {"/v1/reports/indicators": report(report_row("7.1-1", "Klienci", achieved=achieved), as_of=day)}
        self.failure = httpx.ConnectError("refused") if day == self.lost else None
        self.status = 422 if day == self.refused else 200
        return await super().handle_async_request(request)


async def test_report_of_another_day_is_shown_beside_the_first() -> None:
    indicators = TwoDays("indicators")
    answer = await read(COMPARED, indicators, BOTH_DAYS)

    (section,) = json.loads(answer.entry.body)["sections"]
    (row,) = section["groups"][0]["rows"]

    assert {key: cell["value"] for key, cell in row["cells"].items()} == {"now": "7009", "before": "5000"}
    assert (section["status"], section["as_of"]) == ("ok", "2011-06-30")
    assert sorted(dict(one.url.params)["as_of"] for one in indicators.asked) == ["2010-12-31", "2011-06-30"]
    assert all("compare_to" not in one.url.params for one in indicators.asked)


async def test_without_another_day_there_is_one_report() -> None:
    indicators = TwoDays("indicators")
    answer = await read(COMPARED, indicators)

    (row,) = json.loads(answer.entry.body)["sections"][0]["groups"][0]["rows"]

    assert {key: cell["value"] for key, cell in row["cells"].items()} == {"now": "7009"}
    assert len(indicators.asked) == 1


@pytest.mark.parametrize("lost", ["2011-06-30", "2010-12-31"])
async def test_section_that_lacks_one_of_two_reports_is_missing(lost: str) -> None:
    indicators = TwoDays("indicators")
    indicators.lost = lost
    answer = await read(COMPARED, indicators, BOTH_DAYS)

    (section,) = json.loads(answer.entry.body)["sections"]

    assert (section["status"], section["groups"], answer.degraded) == ("missing", [], ("indicators",))


async def test_refusal_of_the_other_day_refuses_the_section() -> None:
    indicators = TwoDays("indicators")
    indicators.refused = "2010-12-31"
    with pytest.raises(ReportRefused):
        await read(COMPARED, indicators, BOTH_DAYS)
