"""The region whose dashboards are recorded: the demo's, with what it lacks, and two rounds of changes to its past."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from rich.progress import Progress
from tests.support.answers import ok
from tests.support.services.indicators_service import csv
from tests.support.services.office_client import Office

from miernik_local.demo_region.load import SAMPLE_GMINA, load_region

UNIT = f"OPS-{SAMPLE_GMINA}"
FORM, PERIOD = "SP-7.1", "2011-H1"
SECOND_OFFICE = "32"


class RecordedRegion:
    """Writes of the office, in the order of ``prepare``. ``moments`` are instants between the rounds of changes."""

    def __init__(self, gateway_url: str, key: str, client: httpx.Client) -> None:
        self._url = gateway_url
        self._key = key
        self._client = client
        self._office = Office(client)
        self.moments: dict[str, str] = {}
        self.unit_id = ""

    def prepare(self) -> None:
        self.unit_id = load_region(self._url, self._key, Progress(disable=True)).gmina_unit_id
        self._add_what_the_demo_lacks()
        self._note_moment("before")
        self._change_once()
        self._note_moment("between")
        self._change_again()
        self._note_moment("after")

    def _note_moment(self, name: str) -> None:
        # A margin on both sides, for what contracts learns from calls a moment later.
        time.sleep(2)
        self.moments[name] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        time.sleep(1)

    def _post(self, path: str, etag: str | None = None, **body: Any) -> httpx.Response:
        answer = self._client.post(path, json=body, headers=_headers(etag))
        ok(answer)
        return answer

    def _put(self, path: str, **changes: Any) -> None:
        """Replace some members of the stored state; the others are sent unchanged."""
        former = self._client.get(path)
        settable = _SETTABLE[path.split("/")[2]]
        body = {name: value for name, value in ok(former).items() if name in settable} | changes
        ok(self._client.put(path, json=body, headers=_headers(former.headers["etag"])))

    def _add_what_the_demo_lacks(self) -> None:
        self._add_applications()
        self._add_calls()
        self._add_money()
        self._add_indicators()

    def _add_applications(self) -> None:
        submitted = {"submitted_on": "2011-02-01", "submitted_value_pln": "100000.00"}
        positive = {"formally_positive_on": "2011-03-01", "formally_positive_value_pln": "120000.50"}
        accepted = {"accepted_on": "2011-05-04", "accepted_value_pln": "90000.10"}
        path = "/v1/applications"
        self._post(path, number="WND-BEZ-1", **submitted)
        self._post(path, number="WND-BEZ-2", **submitted | {"submitted_on": "2011-07-15"})
        self._post(path, number="WND-7.2-1", node="7.2", **submitted, **positive, **accepted)
        for number in range(12):
            self._post(path, number=f"WND-7.3-{number}", node="7.3", **submitted, **positive)
        second = {"office": SECOND_OFFICE, "node": "PIS"}
        for number in (1, 2):
            self._post(path, number=f"PIS-{number}", **second, **submitted, **positive, **accepted)
        self._post(path, number="PIS-3", office=SECOND_OFFICE, **submitted)

    def _add_calls(self) -> None:
        days = {"valid_from": "2011-01-01"}
        self._post("/v1/calls", title="Nabór ciągły", kind="open", number="2/7.2/2011", node="7.2", **days)
        self._post("/v1/calls", title="Konkurs bez działania", kind="closed", announced_on="2011-05-05", **days)
        self._post(
            "/v1/calls", title="Nabór dla priorytetu", kind="systemic", node="VII", closes_on="2010-11-30", **days
        )
        more = {"budget_pln": "500000", "planned_signing_from": "2011-10", "planned_signing_to": "2011-12"}
        second = {"office": SECOND_OFFICE, "node": "PIS", "closes_on": "2011-06-30", "applications_complete": True}
        self._post("/v1/calls", title="Program Integracji", kind="closed", theme="gminy", **second, **more, **days)

    def _add_money(self) -> None:
        path = "/v1/exchange-rates"
        self._post(path, source="programming", effective_on="2007-01-01", rate="3.9500")
        self._post(path, source="ec_monthly", effective_on="2011-07-01", rate="3.9756")
        self._post(path, source="ec_monthly", effective_on="2011-08-01", rate="4.0060")
        signed = {"kind": "grant", "signed_on": "2011-09-05", "value_pln": "12345.67"}
        self._post("/v1/agreements", number="PIS-1/2011", node_id=self._node("PIS", SECOND_OFFICE), **signed)
        direct = {"kind": "framework", "signed_on": "2011-06-15", "value_pln": "50000.00"}
        self._post("/v1/agreements", number="UDA-7.2-1", node_id=self._node("7.2"), **direct)

    def _add_indicators(self) -> None:
        self._office.add_indicator("7.3-9", parts=["women"], unit_of_measure="godz.", percentage_base="original")
        ok(self._office.set_target("7.3-9", "original", "12.5"))
        self._office.add_indicator("7.4-1", "max")
        self._office.add_form("SP-INNE", ["7.3-9", "7.4-1"], ("2010-H2", "2011-H1"))
        rows = ("7.3-9;;1,5", "7.3-9;women;n/d", "7.4-1;;n/d")
        ok(self._office.send_return("SP-INNE", UNIT, PERIOD, csv(*rows)))

    def _change_once(self) -> None:
        self._correct_return(1, ("7.1-1;;10", "7.1-1;rural;5", "7.1-2;;n/d"))
        self._put(f"/v1/allocations/{self._allocation('7.3')}", amount_eur="8000000.00", effective_on="2011-08-01")
        agreements = self._agreements("7.3")
        amendment = {"amendment_number": "-01", "effective_on": "2011-08-15", "value_pln": "1000.00"}
        self._post(f"{agreements[0]}/amendments", self._etag(agreements[0]), **amendment)
        self._post(f"{agreements[1]}/termination", self._etag(agreements[1]), effective_on="2011-08-20")
        self._put(self._application("WND-BEZ-1"), node="7.1.3")
        self._put(self._application("WND-7.3-3"), formally_positive_value_pln="99999.99")
        self._put(self._call("Nabór ciągły"), title="Nabór ciągły (zmieniony)", budget_pln="123456.78")
        ok(self._office.set_target("7.1-2", "approved", "8200", effective_on="2011-01-01"))

    def _change_again(self) -> None:
        self._correct_return(2, ("7.1-1;;20", "7.1-1;rural;7", "7.1-2;;33"))
        allocation = f"/v1/allocations/{self._allocation('7.2')}"
        self._put(allocation, amount_eur="34000000.00", rate_source="nbp_a", effective_on="2011-09-01")
        self._post("/v1/exchange-rates", source="ec_monthly", effective_on="2011-08-01", rate="4.0121")
        agreements = self._agreements("7.3")
        self._post(f"{agreements[2]}/annulment", self._etag(agreements[2]), reason="Pomyłka we wpisie")
        again = {"amendment_number": "-02", "effective_on": "2011-08-25", "value_pln": "2000.00"}
        self._post(f"{agreements[0]}/amendments", self._etag(agreements[0]), **again)
        self._put(f"/v1/programme-nodes/{self._node('7.3')}", name="Inicjatywy lokalne", valid_from="2011-07-01")
        self._put(self._application("WND-BEZ-2"), submitted_value_pln="7.77")
        self._put(self._call("Konkurs bez działania"), node="7.1", closes_on="2011-12-01")

    def _correct_return(self, version: int, rows: tuple[str, ...]) -> None:
        ok(self._office.send_return(FORM, UNIT, PERIOD, csv(*rows), version=version))

    def _items(self, path: str, **query: str) -> list[dict[str, Any]]:
        return ok(self._client.get(path, params=query | {"limit": "500"}))["items"]

    def _node(self, code: str, office: str = "04") -> str:
        return next(one["id"] for one in self._items("/v1/programme-nodes", office=office) if one["code"] == code)

    def _allocation(self, code: str) -> str:
        node = self._node(code)
        return next(one["id"] for one in self._items("/v1/allocations") if one["node_id"] == node)

    def _agreements(self, code: str) -> list[str]:
        """Addresses of the node's agreements by number."""
        found = sorted(self._items("/v1/agreements", node=self._node(code)), key=lambda one: one["number"])
        return [f"/v1/agreements/{one['id']}" for one in found]

    def _application(self, number: str) -> str:
        (found,) = self._items("/v1/applications", number=number)
        return f"/v1/applications/{found['id']}"

    def _call(self, title: str) -> str:
        return next(f"/v1/calls/{one['id']}" for one in self._items("/v1/calls") if one["title"] == title)

    def _etag(self, path: str) -> str:
        return self._client.get(path).headers["etag"]


_SETTABLE = {
    "allocations": ("amount_eur", "rate_source", "effective_on", "note"),
    "programme-nodes": ("name", "selection_mode", "source_notes", "valid_from"),
    "applications": (
        "node", "call", "organisation", "title", "submitted_on", "submitted_value_pln", "formally_positive_on",
        "formally_positive_value_pln", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on",
    ),
    "calls": (
        "node", "number", "title", "theme", "project_type", "kind", "announced_on", "closes_on", "budget_pln",
        "planned_signing_from", "planned_signing_to", "applications_complete", "valid_from",
    ),
}  # fmt: skip


def _headers(etag: str | None) -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex} | ({"If-Match": etag} if etag else {})
