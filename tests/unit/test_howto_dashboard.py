"""The dashboard of ``docs/howto/add-a-dashboard.md`` is run as it stands there."""

from __future__ import annotations

import json
import re
import types
from datetime import date
from pathlib import Path
from typing import Any

from tests.support.regions.recorded_reports import FixedReports, call, gateway_before, slides_17_to_19

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.catalogue.query import DashboardQuery, Defaults, canonical_parameters
from miernik_gateway.dashboards.fetch import call_report

HOWTO = Path(__file__).parents[2] / "docs/howto/add-a-dashboard.md"
MODEL, MODULE = re.findall(r"```python\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL)


def example() -> Dashboard:
    """The dashboard that the module of the example declares."""
    module: Any = types.ModuleType("open_calls")
    exec(compile(MODULE, str(HOWTO), "exec"), module.__dict__)  # noqa: S102 - our own page
    return module.OPEN_CALLS


async def read(**calls: Any) -> dict[str, Any]:
    """The section of the example, of a report of the calls."""
    dashboard = example()
    parameters = canonical_parameters(dashboard, "as_of=2011-09-26", Defaults(date(2011, 9, 26), "04"))
    reader = gateway_before(FixedReports("calls", {"/v1/reports/calls": slides_17_to_19() | calls})).state.gateway
    answer = await reader.dashboards.read(dashboard, DashboardQuery("open_calls", parameters, "pl", "region"), {})
    return json.loads(answer.entry.body)["sections"][0]


async def test_example_shows_the_calls_that_are_open() -> None:
    opened = call("7.3", "Konkurs otwarty", closes_on="2011-09-26", applications={"number": 5, "value_pln": "1.00"})
    undated = call("7.3", "Bez terminu", closes_on=None)
    section = await read(rows=[opened, call("7.3", "Zamknięty", closes_on="2011-09-25"), undated])

    (table,) = section["groups"]
    assert table["title"] == "Województwo kujawsko-pomorskie"
    shown = [[cell["display"].replace("\u00a0", " ") for cell in row["cells"].values()] for row in table["rows"]]
    assert shown == [["Konkurs otwarty", "26 września 2011 r.", "1 500 000,00 zł", "5"]]


async def test_example_without_open_calls_has_no_table() -> None:
    section = await read(rows=[])
    assert (section["status"], section["groups"]) == ("ok", [])


def test_part_of_the_model_is_the_real_one() -> None:
    assert MODEL.strip() in Path(call_report.__file__).read_text(encoding="utf-8")


def test_files_that_the_page_names_exist() -> None:
    named = re.findall(r"`((?:serve|tests|docs)/[a-z_/]+\.(?:py|md))`", HOWTO.read_text(encoding="utf-8"))
    roots = (HOWTO.parents[2], HOWTO.parents[2] / "services/gateway/miernik_gateway/dashboards")
    missing = {name for name in named if not any((root / name).exists() for root in roots)}
    assert missing <= {"docs/api-changelog.md"}
    assert "tests/support/recorded_dashboards/questions.py" in named
