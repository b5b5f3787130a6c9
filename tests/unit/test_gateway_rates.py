"""Exchange rates named by the contracting dashboard for its percentages."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.regions.recorded_reports import RATE, slide_6
from tests.unit.test_gateway_programme_dashboards import read, tables


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (
            {"source": "nbp_a", "table_no": "168/A/NBP/2011", "effective_on": "2011-08-31", "rate": "4.144500"},
            "Dane obliczone po kursie Euro 4,1445 zł (NBP, tabela nr 168/A/NBP/2011 z dnia 31 sierpnia 2011 r.)",
        ),
        (
            {"source": "programming", "rate": "3.550000"},
            "Dane obliczone po kursie Euro 3,5500 zł przyjętym do programowania",
        ),
        (
            {"source": "office", "effective_on": "2011-08-31", "rate": "4.008200"},
            "Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011 r.",
        ),
    ],
)
async def test_the_rate_is_named_as_its_source_names_it(rate: dict[str, Any], text: str) -> None:
    (table,) = tables(await read("contracting", {**slide_6(), "rate": {**RATE, **rate}}))
    assert [note["text"] for note in table["columns"][-1]["notes"]] == [text]
    foreign = {**RATE, "offices": ["32"]}
    both = [{**RATE, **rate, "offices": ["04"]}, foreign]
    (table,) = tables(await read("contracting", {**slide_6(), "rate": None, "rates": both}))
    assert [note["text"] for note in table["columns"][-1]["notes"]] == [text], "another office's rate is its own"


async def test_where_rates_differ_each_percentage_names_its_own() -> None:
    nbp = {**RATE, "source": "nbp_a", "table_no": "168/A/NBP/2011", "effective_on": "2011-08-31", "rate": "4.144500"}
    report = slide_6()
    for row in report["rows"]:
        row["rates"] = {"7.3": [nbp], None: [nbp, RATE]}.get(row["code"], [RATE])
    (table,) = tables(await read("contracting", {**report, "rate": None, "rates": [nbp, RATE]}))
    assert "notes" not in table["columns"][-1]
    monthly = "Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011 r."
    by_nbp = "Dane obliczone po kursie Euro 4,1445 zł (NBP, tabela nr 168/A/NBP/2011 z dnia 31 sierpnia 2011 r.)"
    noted = [row["cells"]["percentage"]["notes"] for row in table["rows"] if "percentage" in row["cells"]]
    assert noted == [[monthly], [monthly], [by_nbp], [by_nbp, monthly]]
    for row in report["rows"]:
        row["rates"] = [RATE]
    (table,) = tables(await read("contracting", report))
    assert [row["cells"]["percentage"].get("notes", []) for row in table["rows"] if "percentage" in row["cells"]] == [
        [], [], [], [],
    ]  # fmt: skip


async def test_the_source_of_the_rate_stands_beside_it() -> None:
    text = "Kurs euro: NBP, tabela A nr 168/A/NBP/2011 z dnia 31 sierpnia 2011 r."
    source = {"office": "04", "column": "percentage", "text": text, "date": "2011-08-31"}
    (table,) = tables(await read("contracting", {**slide_6(), "sources": [source, {**source, "office": "32"}]}))

    assert table["columns"][-1]["sources"] == [{"text": text, "date": "2011-08-31"}]
    assert table["columns"][-1]["notes"][0]["mark"] == "*"
