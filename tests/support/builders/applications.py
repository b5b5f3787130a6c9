"""Applications for tests: bodies, lists in CSV, and a fold of facts in plain Python to hold the sums against."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from tests.support.answers import ok
from tests.support.services.calls_service import CallsService

APPLICATIONS = "/v1/applications"
IMPORTS = "/v1/application-imports"
STAGES = ("submitted", "formally_positive", "accepted")
COLUMNS = (
    "number", "node", "call", "organisation", "title", "submitted_on", "submitted_value_pln", "formally_positive_on",
    "formally_positive_value_pln", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on",
)  # fmt: skip
Row = Mapping[str, Any]
Sums = dict[tuple[str, str | None, str | None, str, date], tuple[int, Decimal]]
"""Number and value by office, node id, call id, stage and day."""


def application(number: str = "WND-1", **more: Any) -> dict[str, Any]:
    return {"number": number, **more}


def submitted(number: str = "WND-1", **more: Any) -> dict[str, Any]:
    return application(number, submitted_on="2011-02-01", submitted_value_pln="1000.00") | more


def list_of(rows: Iterable[Row], columns: Sequence[str] = COLUMNS) -> bytes:
    """A list as an office sends it: semicolons, a decimal comma, quotes where they are needed."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerows([columns, *([_cell(name, row.get(name)) for name in columns] for row in rows)])
    return file.getvalue().encode()


def _cell(column: str, value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace(".", ",") if column.endswith("_value_pln") else text


async def send(service: CallsService, content: bytes, **query: str) -> httpx.Response:
    return await service.officer.post(IMPORTS, params=query, content=content, headers={"Content-Type": "text/csv"})


async def imported(service: CallsService, rows: Iterable[Row], **query: str) -> dict[str, Any]:
    """Send a list that is accepted, and return its receipt."""
    return ok(await send(service, list_of(rows), **query))


async def add(service: CallsService, **more: Any) -> dict[str, Any]:
    return ok(await service.officer.post(APPLICATIONS, json=submitted(**more)))


async def stored(service: CallsService) -> dict[str, dict[str, Any]]:
    """All applications by number."""
    page = ok(await service.officer.get(APPLICATIONS, params={"limit": "500"}))
    return {one["number"]: one for one in page["items"]}


async def reach(service: CallsService, one: Mapping[str, Any], stage: str, day: str, value: str | None) -> Any:
    return await service.officer.post(
        f"{APPLICATIONS}/{one['id']}/stages",
        json={"stage": stage, "effective_on": day, "value_pln": value},
        headers={"If-Match": f'"v{one["version"]}"'},
    )


async def annul(service: CallsService, one: Mapping[str, Any], **headers: str) -> httpx.Response:
    """Annul an application in the version that was read."""
    return await _annul(service, f"{APPLICATIONS}/{one['id']}", one["version"], headers)


async def annul_list(service: CallsService, import_id: str, version: int = 1, **headers: str) -> httpx.Response:
    return await _annul(service, f"{IMPORTS}/{import_id}", version, headers)


async def _annul(service: CallsService, address: str, version: int, headers: Mapping[str, str]) -> httpx.Response:
    sent = {"If-Match": f'"v{version}"', "Idempotency-Key": str(uuid4()), **headers}
    return await service.officer.post(f"{address}/annulment", json={"reason": "Wpisano dwa razy"}, headers=sent)


async def behind(service: CallsService, proof: str) -> list[dict[str, Any]]:
    """Applications that a link leads to, read page by page."""
    found: list[dict[str, Any]] = []
    address: str | None = f"{proof}&limit=2"
    while address:
        answer = await service.officer.get(address)
        found += ok(answer)["items"]
        address = answer.links.get("next", {}).get("url")
    return found


async def assert_proved(service: CallsService, row: Mapping[str, Any]) -> None:
    """Assert that the applications behind each stage of a row of the report `pipeline` add up to it."""
    proved = {stage: await behind(service, row[stage]["proof"]) for stage in STAGES}
    for stage in STAGES:
        values = [Decimal(one[f"{stage}_value_pln"]) for one in proved[stage]]
        shown = row[stage]["number"] or 0, Decimal(row[stage]["value_pln"] or 0)
        assert (len(values), sum(values)) == shown, (stage, row)
    of_row = await behind(service, row["proof"])
    assert [one["number"] for one in of_row] == [one["number"] for one in proved["submitted"]], row


def rollup(service: CallsService) -> Sums:
    """Stored sums, without those of zero."""
    rows = service.query("""
        select office, (select id::text from programme_node node where node.node_no = pipeline_rollup.node_no),
            (select id::text from call where call.call_no = pipeline_rollup.call_no), stage, effective_on, number,
            value_pln
        from pipeline_rollup where number <> 0 or value_pln <> 0
    """)
    return {(*key,): (number, value) for *key, number, value in rows}  # type: ignore[misc]


def fold(service: CallsService) -> Sums:
    """The same sums, recomputed from the current versions."""
    rows = service.query("""
        select application.office, (select id::text from programme_node node where node.node_no = state.node_no),
            (select id::text from call where call.call_no = state.call_no), submitted_on, submitted_value_pln,
            formally_positive_on, formally_positive_value_pln, accepted_on, accepted_value_pln
        from application join application_version state using (application_no)
        where version = current_version and not application.annulled
    """)
    sums: Sums = defaultdict(lambda: (0, Decimal()))
    for office, node, call, *reached in rows:
        for stage, day, value in zip(STAGES, reached[::2], reached[1::2], strict=True):
            if day is not None:
                number, total = sums[office, node, call, stage, day]
                sums[office, node, call, stage, day] = (number + 1, total + value)
    return dict(sums)


def problems(answer: httpx.Response) -> list[tuple[int | None, str | None, str]]:
    """Row, column and code of the findings of a list, refused or not."""
    body = answer.json()
    found = body.get("first_findings", body.get("errors", []))
    return [(one.get("row"), one.get("column"), one["code"]) for one in found]
