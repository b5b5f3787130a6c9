"""Figures of the deck of 26 September 2011, as far as its copies have them, to compare dashboards with.

The copies of the deck lost every run of three or more groups of digits that spaces join, so that of "118 74 217 435,25"
only ",25" is left. The same is done here to the figures of a row as they are shown.
"""

from __future__ import annotations

import json
import re
from typing import Any

import httpx

APPLIED = {  # slide 5: whole złote without grosze
    "7.1.1": ",,18", "7.1.2": ",,21", "7.1.3": ",", "7.2.1": ",,,25", "7.2.2": ",,,88", "7.3": ",,,54",
    "OGÓŁEM": ",,,06",
}  # fmt: skip
CONTRACTED = {  # slide 6: the percentage stands once for a measure
    "7.1.1": ",1854,95%", "7.1.2": ",21", "7.1.3": ",00", "7.2.1": ",,6875,01%", "7.2.2": ",,00", "7.3": ",,0252,46%",
    "OGÓŁEM": ",,7062,13%",
}  # fmt: skip
ACHIEVED = ["70,09%", "70,53%", "70,86%", "50,87%", "50,14%", "58,33%", "30,28%", "0,00%", "61,03%"]  # slides 7-9
TYPE_OF_PROJECT = (  # slide 19, word for word
    "Rozwój nowych form i metod wsparcia indywidualnego i środowiskowego na rzecz integracji zawodowej i społecznej "
    "(w tym np. środowiskowej pracy socjalnej, centrów aktywizacji lokalnej, animacji lokalnej, streetworkingu, "
    "coachingu, treningu pracy)."
)
THEMES = [  # slides 17-19: what stands under TEMAT or in brackets after the title
    "na projekty wspierające osoby niepełnosprawne",
    "ogólny",
    "Poszukiwanie skutecznych metod zapewniania trwałości funkcjonowania instytucji ekonomii społecznej",
]
CALLS = [  # slides 17-19: applications, grosze of the budget and of their value, planned month of signing
    ("57", None, ",37", "wrzesień/październik 2011"),
    ("108", ",07", ",61", "grudzień 2011/styczeń 2012"),
    ("2", None, ",37", "luty 2012 r."),
    ("13", None, ",92", "październik 2011 r."),
    ("151", None, ",53", "grudzień 2011 r."),
    ("n/d", None, None, "luty 2012 r."),
]
_RUN = re.compile(r"\d+(?: \d+){2,}")


def dashboard(client: httpx.Client, key: str, **query: str) -> Any:
    answer = client.get(f"/v1/dashboards/{key}", params=query)
    assert answer.is_success, answer.text
    return answer.json()


def rows_of(shown: Any) -> list[dict[str, Any]]:
    """Cells of all rows of all tables, by column."""
    groups = [group for section in shown["sections"] for group in section["groups"]]
    return [row["cells"] for group in groups for row in group["rows"]]


def percentages(shown: Any) -> list[str]:
    """Percentages in the order of the rows, where a row shows one."""
    return [row["percentage"]["display"] for row in rows_of(shown) if "percentage" in row]


def assert_every_printed_digit(client: httpx.Client) -> None:
    applied = rows_of(dashboard(client, "pipeline", as_of="2011-08-31"))
    assert _survived(applied, ("submitted", "formally_positive", "accepted")) == APPLIED
    contracted = rows_of(dashboard(client, "contracting", as_of="2011-08-31"))
    assert _survived(contracted, ("signed", "recommended")) == CONTRACTED
    assert percentages(dashboard(client, "indicators", as_of="2011-06-30")) == ACHIEVED
    note = "Dane obliczone po kursie Euro 4,0082 zł wg stanu na miesiąc sierpień 2011"
    assert note in json.dumps(dashboard(client, "contracting", as_of="2011-08-31"), ensure_ascii=False)
    other_rate = dashboard(client, "contracting", as_of="2011-08-31", rate_source="nbp_a")
    assert percentages(other_rate)[-1] == "60,09%"
    _assert_calls(rows_of(dashboard(client, "calls", as_of="2011-09-26", year="2011")))


def assert_one_answer_shows_the_deck(client: httpx.Client) -> None:
    """Assert that the deck dashboard equals the dashboards of its parts, each as of its own day."""
    days = {"as_of": "2011-08-31", "indicators_as_of": "2011-06-30", "calls_as_of": "2011-09-26"}
    whole = {one["key"]: one for one in dashboard(client, "overview", **days, year="2011")["sections"]}
    assert whole == {
        key: dashboard(client, key, as_of=day, **more)["sections"][0]
        for key, day, more in (
            ("pipeline", "2011-08-31", {}),
            ("contracting", "2011-08-31", {}),
            ("indicators", "2011-06-30", {}),
            ("calls", "2011-09-26", {"year": "2011"}),
        )
    }


def assert_offices_do_not_mix(client: httpx.Client) -> None:
    """Assert that the second office has its own rows and does not change the total of the first one."""
    alone = rows_of(dashboard(client, "contracting", as_of="2011-08-31"))
    second = rows_of(dashboard(client, "contracting", as_of="2011-08-31", office="32"))
    both = rows_of(dashboard(client, "contracting", as_of="2011-08-31", office="PL"))
    assert next(row["name"]["display"] for row in second).endswith("PIS")
    assert [row for row in both if row in alone] == alone
    assert len(both) == len(alone) + len(second)


def _survived(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[str, str]:
    return {_code(row): _stripped(_print_row(row, columns)) for row in rows}


def _code(row: dict[str, Any]) -> str:
    """The code in "Poddziałanie 7.1.1 (umowy ramowe)"; the name of a total."""
    name = row["name"]["display"]
    found = re.search(r"\d[\d.]*", name)
    return found[0] if found else name


def _print_row(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    """The row as it is shown, with the percentage where the row shows one."""
    pairs = [(f"{column}_number", f"{column}_value") for column in columns]
    stages = [key for pair in pairs for key in pair]
    order = stages if "submitted" in columns else [key for keys in zip(*pairs, strict=True) for key in keys]
    words = [_as_printed(row[key]["display"], columns) for key in order if row[key]["value"] is not None]
    share = row.get("percentage")
    shown = " ".join([*words, share["display"]] if share else words)
    return shown.replace("\N{NO-BREAK SPACE}zł", "").replace("\N{NO-BREAK SPACE}", " ")


def _as_printed(text: str, columns: tuple[str, ...]) -> str:
    """Figure as slide 5 prints it: whole złote without grosze, also beside amounts that have some."""
    return text.replace(",00\N{NO-BREAK SPACE}zł", "\N{NO-BREAK SPACE}zł") if "submitted" in columns else text


def _stripped(text: str) -> str:
    return _RUN.sub("", text).replace(" ", "")


def _texts(rows: list[dict[str, Any]], column: str) -> list[str]:
    """Values of a column, of the rows that have one."""
    return [row[column]["display"] for row in rows if column in row and row[column]["value"] is not None]


def _assert_calls(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == len(CALLS)
    assert _texts(rows, "theme") == THEMES
    assert _texts(rows, "project_type") == [TYPE_OF_PROJECT]
    for row, (number, budget, value, month) in zip(rows, CALLS, strict=True):
        assert row["budget"]["value"].endswith(".00") is (budget is None)
        shown = {cell["display"].removesuffix("\N{NO-BREAK SPACE}zł") for cell in row.values()}
        assert {number, month} <= shown
        assert all(any(text.endswith(grosze) for text in shown) for grosze in (budget, value) if grosze)
