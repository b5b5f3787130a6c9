"""A year of changes after the sample region was loaded, so that past and present differ in every service.

Each function is one office's work; `FIRST_HALF` and `SECOND_HALF` leave a moment between them to look back to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

OFFICE = "04"
_RETURN = "indicator;breakdown;value\n7.1-1;;{clients}\n7.1-1;rural;{rural}\n7.1-2;;{contracts}\n"
_LIST = "number;node;title;submitted_on;submitted_value_pln;formally_positive_on;formally_positive_value_pln\n"


class UnexpectedAnswer(RuntimeError):
    """The API took what it had to refuse, or the other way round."""


class Client:
    """An officer's connection to the gateway. Created things carry a fixed ``Idempotency-Key``."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._keys = 0

    def read(self, path: str) -> Any:
        return self._expect(self._client.get(path), 200)

    def items(self, path: str) -> list[dict[str, Any]]:
        return self.read(path)["items"]

    def post(self, path: str, body: Any, version: int | None = None, status: int = 201) -> Any:
        return self._write("POST", path, version, status, json=body)

    def put(self, path: str, body: Any, version: int | None = None, status: int = 200) -> Any:
        return self._write("PUT", path, version, status, json=body)

    def send(self, path: str, table: str, version: int | None = None, *, status: int) -> Any:
        """Upload a table as CSV."""
        return self._write("POST", path, version, status, content=table.encode(), media="text/csv")

    def _write(self, method: str, path: str, version: int | None, status: int, **request: Any) -> Any:
        self._keys += 1
        headers = {"Idempotency-Key": f"history/{self._keys}"}
        headers |= {"If-Match": f'"v{version}"'} if version else {}
        headers |= {"Content-Type": request.pop("media")} if "media" in request else {}
        return self._expect(self._client.request(method, path, headers=headers, **request), status)

    def _expect(self, answer: httpx.Response, status: int) -> Any:
        if answer.status_code != status:
            raise UnexpectedAnswer(f"{answer.request.method} {answer.url.path}: {answer.status_code} {answer.text}")
        return answer.json()


def correct_returns(client: Client) -> None:
    """Two gminy correct a return and one of them twice; a third sends a return that is refused."""
    first, second, third = client.items("/v1/submissions?form=SP-7.1&period=2011-H1&limit=3")
    for number, (old, version) in enumerate([(first, 1), (first, 2), (second, 1)]):
        table = _RETURN.format(clients=40 + number, rural=20 + number, contracts=7)
        client.send(_submissions(old, "2011-H1") + "&reason=Pomy%C5%82ka", table, version, status=201)
    refused = _RETURN.format(clients="many", rural=1, contracts=-2)
    client.send(_submissions(third, "2011-H2"), refused, status=422)


def _submissions(old: dict[str, Any], period: str) -> str:
    return f"/v1/submissions?form=SP-7.1&unit={quote(old['unit'])}&period={period}"


def rename_units(client: Client) -> None:
    """One unit is renamed and another closed; a third is registered under another system's number."""
    renamed, closed = client.items("/v1/reporting-units?kind=OPS&limit=2")
    state = {"name": "Centrum Usług Społecznych", "active_from": "2007-01-01"}
    client.put(f"/v1/reporting-units/{renamed['id']}", state, 1)
    state = {"name": closed["name"], "active_from": "2007-01-01", "active_to": "2011-12-31"}
    client.put(f"/v1/reporting-units/{closed['id']}", state, 1)
    body = {"kind": "PCPR", "territory": "0404", "name": "PCPR", "active_from": "2008-01-01"}
    client.put("/v1/reporting-units/by-external-id/register/PCPR-1", body, status=201)


def approve_targets(client: Client) -> None:
    """A target is approved and an indicator gets a clearer name."""
    target = {"status": "approved", "value": "10500", "breakdown": None, "effective_on": "2011-07-01"}
    client.post("/v1/indicators/7.1-1/targets", target)
    kept = ("definition", "unit_of_measure", "whole_numbers", "kind", "aggregation", "percentage_base", "parts")
    current = client.read("/v1/indicators/7.1-2")["definitions"][-1]
    state = {name: current[name] for name in kept}
    changed = {"name": "Liczba klientów objętych kontraktami", "valid_from": "2011-01-01", "redefined": False}
    client.put("/v1/indicators/7.1-2", state | changed, 1)


def close_period(client: Client) -> None:
    """A period gets a last day."""
    days = {"opens_on": "2010-07-01", "due_on": "2011-01-31", "closes_on": "2011-03-31"}
    client.put("/v1/forms/SP-7.1/periods/2010-H2", days, 1)


def decide_applications(client: Client) -> None:
    """Of the applications under assessment some are accepted, withdrawn or rejected, and one value is corrected."""
    accepted, withdrawn, rejected, corrected = _under_assessment(client, 4)
    stages = [
        (accepted, {"stage": "accepted", "effective_on": "2011-08-30", "value_pln": "100000.00"}),
        (withdrawn, {"stage": "withdrawn", "effective_on": "2011-08-29"}),
        (rejected, {"stage": "rejected", "effective_on": "2011-09-01"}),
    ]
    for application, stage in stages:
        client.post(f"/v1/applications/{application['id']}/stages", stage, application["version"])
    state = _state(corrected) | {"submitted_value_pln": "999999.99", "title": "Nowy tytuł"}
    client.put(f"/v1/applications/{corrected['id']}", state, corrected["version"])


def _under_assessment(client: Client, number: int) -> list[dict[str, Any]]:
    page = client.items(f"/v1/applications?office={OFFICE}&node=7.2.1&stage=formally_positive&limit=500")
    return [one for one in page if not one["accepted_on"]][:number]


def _state(application: dict[str, Any]) -> dict[str, Any]:
    stages = ("submitted", "formally_positive", "accepted")
    names = [f"{stage}_{part}" for stage in stages for part in ("on", "value_pln")]
    return {name: application[name] for name in ("node", "title", *names)}


def send_lists(client: Client) -> None:
    """Import lists: one changes and adds applications, one is partially accepted, one is refused."""
    known = _under_assessment(client, 1)[0]["number"]
    path = f"/v1/application-imports?office={OFFICE}&decimal=."
    changed = f"{known};7.2.1;Zmieniony;2011-02-01;5000.00;2011-03-01;4000.00\n"
    client.send(path, _LIST + changed + "L-1;7.3;Nowy;2011-06-01;700.50;;\n", status=201)
    faulty = "L-2;7.3;Dobry;2011-06-02;800.00;;\nL-3;9.9;Zły;2011-06-31;x;;\n"
    client.send(f"{path}&partial=true", _LIST + faulty, status=201)
    client.send(path, _LIST + faulty, status=422)


def annul_applications(client: Client) -> None:
    """A list that changed an application and added one is annulled; so is an application, which is registered anew."""
    known = _under_assessment(client, 1)[0]["number"]
    rows = f"{known};7.2.1;Pomyłka;2011-02-01;6000.00;2011-03-01;4000.00\nRazem;7.3;;2011-06-01;6000.00;;\n"
    receipt = client.send(f"/v1/application-imports?office={OFFICE}&decimal=.", _LIST + rows, status=201)
    client.post(f"/v1/application-imports/{receipt['id']}/annulment", {"reason": "Wysłano nie ten arkusz"}, 1)
    wrong = client.items("/v1/applications?number=L-1")[0]
    client.post(f"/v1/applications/{wrong['id']}/annulment", {"reason": "Pomyłka we wpisie"}, wrong["version"])
    client.post("/v1/applications", _state(wrong) | {"number": "L-1", "title": "Wpisany na nowo"})


def change_calls(client: Client) -> None:
    """A call gets a larger budget, another is announced by another system, a measure a longer name."""
    call = client.read("/v1/calls/by-external-id/sample/7.2.2")
    kept = ("node", "title", "theme", "number", "kind", "announced_on", "closes_on", "applications_complete")
    state = {name: call[name] for name in kept} | {"budget_pln": "6500000.00", "valid_from": "2011-08-01"}
    client.put(f"/v1/calls/{call['id']}", state, call["version"])
    body = {"office": OFFICE, "node": "7.3", "title": "Nabór", "kind": "open", "valid_from": "2011-09-01"}
    client.put("/v1/calls/by-external-id/lsi/call-1", body, status=201)
    node = _node(client, "7.3")
    state = {"name": "Inicjatywy lokalne", "selection_mode": node["selection_mode"], "valid_from": "2011-08-15"}
    client.put(f"/v1/programme-nodes/{node['id']}", state, node["version"])


def change_organisations(client: Client) -> None:
    """One organisation is renamed, another is known by a second number."""
    renamed = client.read("/v1/organisations/by-external-id/sample/NGO-1")
    client.put(f"/v1/organisations/{renamed['id']}", {"name": "Fundacja przykładowa", "kind": "NGO"}, 1)
    client.put("/v1/organisations/by-external-id/lsi/org-1", {"name": "Spółdzielnia", "kind": "NGO"}, status=201)


def _node(client: Client, code: str) -> dict[str, Any]:
    return client.items(f"/v1/programme-nodes?office={OFFICE}&code={code}")[0]


def correct_rates(client: Client) -> None:
    """Correct a rate, and import an answer of the NBP."""
    corrected = {"source": "nbp_a", "effective_on": "2011-08-31", "rate": "4.1500", "table_no": "168/A/NBP/2011"}
    client.post("/v1/exchange-rates", corrected)
    rates = [{"no": "187/A/NBP/2011", "effectiveDate": "2011-09-27", "mid": 4.4112}]
    answer = {"table": "A", "currency": "euro", "code": "EUR", "rates": rates}
    client.post("/v1/exchange-rate-imports?source=nbp_a", answer)


def revise_allocations(client: Client) -> None:
    """An allocation is revised, a gmina gets one, and the board allows one measure to be overcontracted."""
    node = _node(client, "7.3")["id"]
    allocation = next(one for one in client.items(f"/v1/allocations?node={node}") if one["territory"] is None)
    state = {"amount_eur": "7600000.00", "effective_on": "2011-07-01", "rate_source": "office", "note": "Uchwała"}
    client.put(f"/v1/allocations/{allocation['id']}", state, 1)
    sub_measure = _node(client, "7.2.1")["id"]
    own = {"node_id": sub_measure, "amount_eur": "20000000", "rate_source": "office", "effective_on": "2009-01-01"}
    client.put("/v1/allocations/by-external-id/lsi/allocation-1", own, status=201)
    decision = {"number": "1/2011", "decided_on": "2011-08-20", "limit_percent": "105", "node_id": node}
    client.post("/v1/overcontracting-decisions", decision)


def change_agreements(client: Client) -> None:
    """Agreements are amended, terminated, annulled and recorded anew."""
    signed = f"/v1/agreements?office={OFFICE}&within={_node(client, '7.1')['id']}&limit=4"
    amended, terminated, annulled, anew = client.items(signed)
    amendment = {"amendment_number": "-01", "effective_on": "2011-08-01", "value_pln": "1000.00"}
    client.post(f"/v1/agreements/{amended['id']}/amendments", amendment, amended["version"])
    ending = {"effective_on": "2011-08-10", "note": "Za porozumieniem stron"}
    client.post(f"/v1/agreements/{terminated['id']}/termination", ending, terminated["version"])
    for agreement in (annulled, anew):
        path = f"/v1/agreements/{agreement['id']}/annulment"
        client.post(path, {"reason": "Pomyłka we wpisie"}, agreement["version"])
    kept = ("number", "kind", "application_id", "node_id", "beneficiary")
    body = {name: anew[name] for name in kept}
    client.post("/v1/agreements", body | {"signed_on": "2011-05-05", "value_pln": "2000.00"})


def correct_agreement(client: Client) -> None:
    """Another system records an agreement under its own number and corrects its value."""
    path = "/v1/agreements/by-external-id/lsi/17"
    body = {"number": "UDA-LSI-17", "kind": "framework", "node_id": _node(client, "7.3")["id"]}
    body |= {"signed_on": "2011-03-01", "value_pln": "10000.00", "beneficiary": "Gmina Osie"}
    client.put(path, body, status=201)
    client.put(path, body | {"value_pln": "12000.00"}, 1)


def enter_owing_list(client: Client) -> None:
    """An officer enters the units that owe a period, and corrects the list."""
    path = "/v1/forms/SP-7.1/periods/2011-H2/owing-list"
    client.put(path, {"units": ["OPS-040101", "OPS-040102"]}, status=201)
    client.put(path, {"units": ["OPS-040101"]}, 1)


FIRST_HALF: tuple[Callable[[Client], None], ...] = (
    correct_returns, approve_targets, decide_applications, change_calls, correct_rates, change_agreements,
)  # fmt: skip
SECOND_HALF: tuple[Callable[[Client], None], ...] = (
    rename_units, close_period, send_lists, annul_applications, change_organisations, revise_allocations,
    correct_agreement, enter_owing_list,
)  # fmt: skip
