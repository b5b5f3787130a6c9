"""Tables along the programme tree: one number of decimals in a column, one percentage for each programme."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.regions.recorded_reports import (
    FixedReports,
    contracting,
    contracting_row,
    gateway_before,
    pipeline,
    pipeline_row,
    share,
)
from tests.support.services.gateway import client_of

SERVICES = {"pipeline": "calls", "contracting": "contracts"}


async def read(key: str, report: dict[str, Any]) -> dict[str, Any]:
    """The dashboard of a report."""
    provider = FixedReports(SERVICES[key], {f"/v1/reports/{key}": report})
    async with client_of(gateway_before(provider)) as client:
        answer = await client.get(f"/v1/dashboards/{key}", params={"as_of": "2011-08-31"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def tables(body: dict[str, Any]) -> list[dict[str, Any]]:
    return body["sections"][0]["groups"]


def display_rows(table: dict[str, Any]) -> list[list[str]]:
    """Displayed cells of the table, row by row."""
    keys = [column["key"] for column in table["columns"]]
    return [[row["cells"][key]["display"].replace("\u00a0", " ") for key in keys] for row in table["rows"]]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (("77512480.00", "5.00", None), ["77 512 480 zł", "5 zł", "n/d"]),
        (("77512480.00", "5.10", None), ["77 512 480,00 zł", "5,10 zł", "n/d"]),
        (("0.01", "7", "0"), ["0,01 zł", "7,00 zł", "0,00 zł"]),
    ],
)
async def test_column_of_amounts_has_one_number_of_decimals(values: tuple[str | None, ...], shown: list[str]) -> None:
    rows = [pipeline_row(f"7.{n}", (1, value), (1, "5.00"), (1, "5.00")) for n, value in enumerate(values, 1)]
    (table,) = tables(await read("pipeline", pipeline(*rows)))

    assert [row[2] for row in display_rows(table)] == shown
    assert {row[4] for row in display_rows(table)} == {"5 zł"}


async def test_total_of_two_programmes_has_no_percentage() -> None:
    alone = dict.fromkeys(("allocation_eur", "allocation_pln"))
    both = {"percentage": None, "contracted_pln": "30.00", **alone}
    none = (None, None)
    note = {"office": "04", "text": "OGÓŁEM nie ma % kontraktacji", "code": "share_of_several_programmes"}
    rows = [
        contracting_row("7.2", (1, "10.00"), none, share("50.00", "10.00", "5.00", "20.00")),
        contracting_row("8.1", (1, "20.00"), none, share("40.00", "20.00", "12.50", "50.00")),
        contracting_row(None, (2, "30.00"), none, both),
        *(
            contracting_row(code, (1, value), none, own, kind="programme_total", level="programme", measure=None)
            for code, value, own in (
                ("POKL", "10.00", share("50.00", "10.00", "5.00", "20.00")),
                ("RPO", "20.00", share("40.00", "20.00", "12.50", "50.00")),
            )
        ),
    ]
    (table,) = tables(await read("contracting", contracting(*rows, notes=[note])))

    assert [(row["key"], row["kind"]) for row in table["rows"]][2:] == [
        ("programme_total/POKL", "programme_total"), ("programme_total/RPO", "programme_total"), ("total", "total"),
    ]  # fmt: skip
    assert [(row[0], row[-1]) for row in display_rows(table)][2:] == [
        ("OGÓŁEM Program POKL", "50,00%"), ("OGÓŁEM Program RPO", "40,00%"), ("OGÓŁEM", "–"),
    ]  # fmt: skip
    assert table["rows"][-1]["cells"]["percentage"]["status"] == "not_applicable"
    assert [one["text"] for one in table["notes"]] == [note["text"]]
