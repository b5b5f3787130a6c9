"""Load of the year's calls and, as one list, of all applications."""

import csv
import io

from rich.progress import Progress

from miernik_local.demo_region.applications import OFFICE, MadeApplication, Stage, applications
from miernik_local.demo_region.figures import table
from miernik_local.demo_region.load_programme import SYSTEM
from miernik_local.demo_region.sender import Sender

_STAGES = ("submitted", "formally_positive", "accepted")
_HEADER = ["number", "node", "call", "organisation", "title"]
_PAGE = 500


class ApplicationLoader:
    """Loader of the calls and applications of the demo through the API, one method per step."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def calls(self) -> None:
        """Create the calls."""
        for call in table("calls")["call"]:
            body = {name: value for name, value in call.items() if name not in ("key", "applications")}
            body |= {
                "office": OFFICE,
                "kind": "closed",
                "announced_on": call["announced_on"].isoformat(),
                "closes_on": call["closes_on"].isoformat(),
                "valid_from": call["announced_on"].isoformat(),
                "external_ids": [{"system": SYSTEM, "value": call["key"]}],
            }
            self._sender.send("POST", "/v1/calls", json=body, key=f"call-{call['key']}")

    def applications(self, progress: Progress) -> dict[str, str]:
        """Send the list of all applications. Returns ids of the accepted ones by number."""
        made = applications()
        task = progress.add_task("Sending applications", total=len(made))
        path = f"/v1/application-imports?office={OFFICE}&decimal=."
        self._sender.send("POST", path, content=_file(made), media="text/csv", key="applications")
        progress.advance(task, len(made))
        return self._accepted()

    def _accepted(self) -> dict[str, str]:
        ids: dict[str, str] = {}
        path: str | None = f"/v1/applications?office={OFFICE}&stage=accepted&limit={_PAGE}"
        while path:
            answer = self._sender.send("GET", path)
            ids |= {one["number"]: one["id"] for one in answer.json()["items"]}
            path = answer.links.get("next", {}).get("url")
        return ids


def _file(made: list[MadeApplication]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(_HEADER + [f"{stage}_{part}" for stage in _STAGES for part in ("on", "value_pln")])
    writer.writerows(_row(one) for one in made)
    return text.getvalue().encode()


def _row(one: MadeApplication) -> list[str]:
    call = f"{SYSTEM}:{one.call}" if one.call else ""
    stages = [_cells(getattr(one, stage)) for stage in _STAGES]
    return [
        one.number,
        one.node,
        call,
        f"{SYSTEM}:{one.organisation}",
        one.title,
        *(cell for pair in stages for cell in pair),
    ]


def _cells(stage: Stage | None) -> tuple[str, str]:
    return (stage.on.isoformat(), stage.pln) if stage else ("", "")
