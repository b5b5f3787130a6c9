"""Values behind a figure of the indicators: those that count add up to it, for sums, last and greatest values.

Each example has a database of its own, with random returns of all units, corrections and declared gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer
from tests.support.regions.sample_region import GMINY, running_sample
from tests.support.services.indicators_service import IndicatorsService, csv, definition, sheet

from miernik_local.provision import DatabaseUrls

SETTINGS = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PERIODS = {"2010-H1": "2010-06-30", "2010-H2": "2010-12-31", "2011-H1": "2011-06-30", "2011-H2": "2011-12-31"}
TERRITORIES = ("PL", "04", "22", "0402", "0408", "040201", "221208")
FIGURES = (("7.1-1", ""), ("7.1-1", "rural"), ("7.1-2", ""), ("7.1-3", ""))
Values = Mapping[tuple[str, str, str], int | None]
"""Values by unit, indicator and part; None is a declared gap."""


@st.composite
def returns(draw: st.DrawFn) -> Values:
    """Collective return of some units, each with some of the figures."""
    units = draw(st.lists(st.sampled_from(GMINY), min_size=1, max_size=4, unique=True))
    cells = [(unit, code, part) for unit in units for code, part in FIGURES]
    whole, values = st.integers(10, 60) | st.none(), dict[tuple[str, str, str], int | None]()
    for cell in draw(st.lists(st.sampled_from(cells), min_size=1, max_size=len(cells), unique=True)):
        values[cell] = draw(st.integers(0, 9) | st.none() if cell[2] else whole)
    return values


histories = st.lists(st.tuples(st.sampled_from(list(PERIODS)), returns()), min_size=2, max_size=7)
questions = st.lists(
    st.tuples(st.sampled_from(TERRITORIES), st.sampled_from(list(PERIODS.values())), st.booleans()),
    min_size=3, max_size=3, unique=True,
)  # fmt: skip


async def play(service: IndicatorsService, history: list[tuple[str, Values]]) -> str:
    """Send the returns, the second one of a period as a correction. Returns a moment in the middle."""
    versions = dict.fromkeys(PERIODS, 0)
    middle = ""
    for number, (period, values) in enumerate(history):
        rows = [f"OPS-{unit};{code};{part};{'n/d' if v is None else v}" for (unit, code, part), v in values.items()]
        match = f'"v{versions[period]}"' if versions[period] else None
        answer = await service.send(sheet(*rows), unit="ROPS-04", period=period, if_match=match)
        versions[period] = ok(answer)["version"]
        if number == len(history) // 2:
            ((now,),) = service.query("select clock_timestamp()")
            middle = now.isoformat()
    return middle


async def read_proof(service: IndicatorsService, proof: str, limit: int) -> list[dict[str, Any]]:
    """Values that an address leads to, page by page."""
    found: list[dict[str, Any]] = []
    address: str | None = f"{proof}&limit={limit}"
    while address:
        answer = await service.officer.get(address)
        found += ok(answer)["items"]
        address = answer.links.get("next", {}).get("url")
    return found


def assert_adds_up(row: dict[str, Any], found: list[dict[str, Any]]) -> None:
    counting = [Decimal(one["value"]) for one in found if one["counts"]]
    achieved = None if row["achieved"] is None else Decimal(row["achieved"])
    assert (sum(counting, Decimal(0)) if counting else None) == achieved, row
    assert len(counting) == row["reported"]
    assert all((one["reason"] is None) is one["counts"] for one in found)
    assert len({(one["unit"], one["period_end"]) for one in found}) == len(found)


@given(history=histories, asked=questions, limit=st.integers(1, 5))
@SETTINGS
async def test_values_that_count_add_up_to_every_figure(
    postgres_server: PostgresServer,
    sample_region_database: DatabaseUrls,
    history: list[tuple[str, Values]],
    asked: list[tuple[str, str, bool]],
    limit: int,
) -> None:
    async with running_sample(postgres_server, sample_region_database) as service:
        middle = await play(service, history)
        for territory, as_of, past in asked:
            known = {"known_at": middle} if past else {}
            for row in (await service.report(territory=territory, as_of=as_of, **known))["rows"]:
                assert_adds_up(row, await read_proof(service, row["proof"], limit))


async def send_three(service: IndicatorsService, *values: str) -> None:
    for period, value in zip(PERIODS, values, strict=False):
        ok(await service.send(csv(*(f"{code};;{value}" for code in ("7.1-1", "7.1-2", "7.1-3"))), period=period))


@pytest.mark.parametrize(
    ("code", "counts"),
    [("7.1-1", [True, True, True]), ("7.1-2", [False, False, True]), ("7.1-3", [False, True, False])],
)
async def test_proof_marks_the_value_that_counts(service: IndicatorsService, code: str, counts: list[bool]) -> None:
    await send_three(service, "1017", "3052", "2034")
    row = await service.row(code, territory="0402", as_of="2011-06-30")

    found = await read_proof(service, row["proof"], 2)

    assert [one["counts"] for one in found] == counts
    assert_adds_up(row, found)


async def test_of_equal_greatest_values_one_counts(service: IndicatorsService) -> None:
    await send_three(service, "5", "5", "5")
    row = await service.row("7.1-3", as_of="2011-06-30")

    assert [one["counts"] for one in await read_proof(service, row["proof"], 9)] == [True, False, False]


@pytest.mark.parametrize(
    ("code", "language", "reasons"),
    [
        (
            "7.1-2",
            "pl",
            [
                "Nie liczy się: w tym wskaźniku liczy się ostatnia wartość jednostki, a za okres zakończony "
                "31 grudnia 2010 r. zgłosiła ona brak danych.",
                "Jednostka zgłosiła brak danych; nie oznacza to zera.",
            ],
        ),
        ("7.1-2", "en", [
            "Does not count: the last value of the unit counts for this indicator, and for the period ended "
            "31 December 2010 it declared no data.",
            "The unit declared that it has no data; that does not mean zero.",
        ]),
        ("7.1-3", "pl", [None, "Jednostka zgłosiła brak danych; nie oznacza to zera."]),
    ],
)  # fmt: skip
async def test_value_that_does_not_count_says_why(
    service: IndicatorsService, code: str, language: str, reasons: list[str | None]
) -> None:
    await send_three(service, "7", "n/d")
    row = await service.row(code, as_of="2010-12-31")

    answer = await service.officer.get(row["proof"], headers={"Accept-Language": language})

    assert [one["reason"] for one in ok(answer)["items"]] == reasons


async def test_proof_follows_the_definition_of_its_day(service: IndicatorsService) -> None:
    await send_three(service, "7", "8", "9")
    body = definition("last", redefined=True, valid_from="2010-07-01", parts=["rural"])
    ok(await service.officer.put("/v1/indicators/7.1-1", json=body, headers={"If-Match": '"v1"'}))
    content = csv("7.1-1;;20", "7.1-2;;9", "7.1-3;;9")
    ok(await service.send(content, period="2011-H1", if_match='"v1"'))

    for as_of, values in (("2010-06-30", ["7.000000"]), ("2011-06-30", ["20.000000"])):
        row = await service.row("7.1-1", as_of=as_of)
        found = await read_proof(service, row["proof"], 9)
        assert [one["value"] for one in found] == values
        assert_adds_up(row, found)
