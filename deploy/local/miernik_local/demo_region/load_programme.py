"""Load of the programme trees of both offices and of the organisations that apply."""

from collections.abc import Iterator
from typing import Any

from rich.progress import Progress

from miernik_local.demo_region.figures import gminy, powiaty, table
from miernik_local.demo_region.sender import Sender, side_by_side

SYSTEM = "sample"
"""System of the external ids of the sample organisations and calls."""
ASSOCIATIONS = 40


class ProgrammeLoader:
    """Loader of the programme trees and the organisations of the demo through the API, one method per step."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def nodes(self) -> dict[tuple[str, str], str]:
        """Create the nodes, parents first. Returns ids by office and code."""
        ids: dict[tuple[str, str], str] = {}
        for node in table("programme")["node"]:
            body = node | {"valid_from": node["valid_from"].isoformat()}
            key = (node["office"], node["code"])
            made = self._sender.send("POST", "/v1/programme-nodes", json=body, key=f"node-{'-'.join(key)}")
            ids[key] = made.json()["id"]
        return ids

    def organisations(self, progress: Progress) -> None:
        """Register the applicants."""

        def register(known: tuple[str, dict[str, Any]]) -> None:
            key, organisation = known
            body = organisation | {"external_ids": [{"system": SYSTEM, "value": key}]}
            self._sender.send("POST", "/v1/organisations", json=body, key=f"organisation-{key}")

        side_by_side(list(_organisations()), register, progress, "Registering organisations")


def _organisations() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "ROPS-04", {"name": "Regionalny Ośrodek Polityki Społecznej", "kind": "ROPS", "territory": "04"}
    for gmina in gminy():
        name = f"Ośrodek Pomocy Społecznej: {gmina.name} ({gmina.kind_name})"
        yield f"OPS-{gmina.code}", {"name": name, "kind": "OPS", "territory": gmina.code + gmina.kind}
    for powiat in powiaty():
        name = f"Powiatowe Centrum Pomocy Rodzinie: {powiat.name} ({powiat.kind_name})"
        yield f"PCPR-{powiat.code}", {"name": name, "kind": "PCPR", "territory": powiat.code}
    for number in range(1, ASSOCIATIONS + 1):
        yield f"NGO-{number}", {"name": f"Stowarzyszenie przykładowe nr {number}", "kind": "NGO"}
