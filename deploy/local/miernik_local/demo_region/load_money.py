"""Load of allocations, exchange rates and agreements, some of them with amendments."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from rich.progress import Progress

from miernik_local.demo_region.applications import OFFICE, MadeApplication, Stage, applications
from miernik_local.demo_region.figures import table
from miernik_local.demo_region.sender import Sender, side_by_side

_AMENDED_NODE, _AMENDED, _AMENDED_AFTER, _OVER = "7.2.1", 5, timedelta(days=120), Decimal("1.1")
"""The first five agreements of 7.2.1 are signed for 10% more and amended to the final value 120 days later."""


class MoneyLoader:
    """Loader of the allocations, rates and agreements of the demo. ``nodes`` maps office and code to a node id."""

    def __init__(self, sender: Sender, nodes: Mapping[tuple[str, str], str]) -> None:
        self._sender = sender
        self._nodes = nodes

    def allocations(self) -> None:
        """Record the rates, then the allocations of measures and gminy."""
        known = table("allocations")
        for rate in known["rate"]:
            body = rate | {"effective_on": rate["effective_on"].isoformat()}
            self._sender.send(
                "POST", "/v1/exchange-rates", json=body, key=f"rate-{rate['source']}-{rate['effective_on']}"
            )
        for allocation in known["allocation"]:
            self._allocation(allocation)
        for shares in known["gmina_allocations"]:
            for gmina in shares["gmina"]:
                own = {"amount_eur": gmina["amount_eur"], "note": f"Gmina {gmina['name']}"}
                self._allocation(shares | own, gmina["terc"])

    def agreements(self, accepted: Mapping[str, str], progress: Progress) -> None:
        """Sign the agreements of the accepted applications; ``accepted`` are ids by number."""
        signed = [(one, one.signed) for one in applications() if one.signed]
        amended = sorted(one.number for one, _ in signed if one.node == _AMENDED_NODE)[:_AMENDED]

        def sign(pair: tuple[MadeApplication, Stage]) -> None:
            one, signing = pair
            self._agreement(one, signing, accepted[one.number], amended=one.number in amended)

        side_by_side(signed, sign, progress, "Signing agreements")

    def _allocation(self, allocation: Mapping[str, Any], territory: str | None = None) -> None:
        taken_over = ("amount_eur", "rate_source", "note")
        body = {name: allocation[name] for name in taken_over if name in allocation} | {
            "node_id": self._nodes[allocation["office"], allocation["node"]],
            "territory": territory,
            "effective_on": allocation["effective_on"].isoformat(),
        }
        key = f"allocation-{allocation['office']}-{allocation['node']}-{territory}"
        self._sender.send("POST", "/v1/allocations", json=body, key=key)

    def _agreement(self, one: MadeApplication, signing: Stage, application_id: str, *, amended: bool) -> None:
        number = one.number.replace("WND", "UDA")
        body = {
            "number": f"{number}-00",
            "kind": one.agreement,
            "application_id": application_id,
            "node_id": self._nodes[OFFICE, one.node],
            "beneficiary": one.organisation,
            "signed_on": signing.on.isoformat(),
            "value_pln": f"{Decimal(signing.pln) * _OVER:.2f}" if amended else signing.pln,
        }
        made = self._sender.send("POST", "/v1/agreements", json=body, key=f"{number}-00")
        if amended:
            amendment = {
                "amendment_number": "-01",
                "effective_on": (signing.on + _AMENDED_AFTER).isoformat(),
                "value_pln": signing.pln,
            }
            path = f"/v1/agreements/{made.json()['id']}/amendments"
            self._sender.send("POST", path, json=amendment, key=f"{number}-01", if_match='"v1"')
