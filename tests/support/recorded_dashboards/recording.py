"""A recording of dashboards: cases of one or more requests, each with the services' answers and the gateway's.

On disk it is one file per dashboard, ``reports.json`` with the distinct bodies of the services' answers by digest, and
``conditions.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

_REPORTS, _CONDITIONS = "reports.json", "conditions.json"


@dataclass(frozen=True, slots=True)
class Question:
    """One request to the gateway. ``reader`` is ``region``, ``unit``, ``poor`` (without the scope) or ``nobody``."""

    path: str
    query: str = ""
    language: str = "pl"
    reader: str = "region"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the gateway to a service, apart from its token; ``query`` in alphabetical order."""

    service: str
    path: str
    query: str
    language: str


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """A service's answer to one request, or the name of the error of httpx that came instead."""

    asked: Asked
    failure: str | None = None
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """The gateway's answer. Of its headers those that depend on what it shows."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Step:
    """A request and its answer."""

    question: Question
    reports: tuple[ServiceAnswer, ...]
    answer: GatewayAnswer


@dataclass(frozen=True, slots=True)
class Case:
    """Requests to one gateway, one after the other."""

    name: str
    steps: tuple[Step, ...]

    @property
    def file(self) -> str:
        """Name of the file that holds the case: that of its dashboard, or ``list``."""
        path = self.steps[-1].question.path
        return f"{path.removeprefix('/v1/dashboards').strip('/') or 'list'}.json"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The gateway's clock, and the units of the reader ``unit``."""

    now: datetime
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """Cases recorded under the same conditions."""

    conditions: Conditions
    cases: tuple[Case, ...]


def save_recording(recording: Recording, directory: Path) -> None:
    """Writes a recording in place of the former one."""
    directory.mkdir(parents=True, exist_ok=True)
    for former in directory.glob("*.json"):
        former.unlink()
    bodies = {one.body for case in recording.cases for step in case.steps for one in step.reports}
    _write(directory / _REPORTS, {_digest(body): body for body in sorted(bodies)})
    conditions = recording.conditions
    _write(directory / _CONDITIONS, {"now": conditions.now.isoformat(), "units": list(conditions.units)})
    files: dict[str, list[Any]] = {}
    for case in recording.cases:
        files.setdefault(case.file, []).append(_with_digests(case))
    for name, cases in files.items():
        _write(directory / name, cases)


def load_recording(directory: Path) -> Recording:
    """Reads what ``save_recording`` wrote."""
    bodies = _read(directory / _REPORTS)
    conditions = _read(directory / _CONDITIONS)
    files = sorted(directory.glob("*.json"))
    cases = [case for path in files if path.name not in (_REPORTS, _CONDITIONS) for case in _read(path)]
    return Recording(
        Conditions(datetime.fromisoformat(conditions["now"]), tuple(conditions["units"])),
        tuple(Case(one["name"], tuple(_step(step, bodies) for step in one["steps"])) for one in cases),
    )


def _with_digests(case: Case) -> dict[str, Any]:
    def digested(step: Step) -> Step:
        return replace(step, reports=tuple(replace(one, body=_digest(one.body)) for one in step.reports))

    return asdict(replace(case, steps=tuple(map(digested, case.steps))))


def _step(step: Mapping[str, Any], bodies: Mapping[str, str]) -> Step:
    return Step(
        Question(**step["question"]),
        tuple(_service_answer(one, bodies) for one in step["reports"]),
        GatewayAnswer(**step["answer"]),
    )


def _service_answer(one: Mapping[str, Any], bodies: Mapping[str, str]) -> ServiceAnswer:
    return ServiceAnswer(**{**one, "asked": Asked(**one["asked"]), "body": bodies[one["body"]]})


def kept_headers(headers: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Select the headers that are present."""
    return {name: headers[name] for name in names if name in headers}


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
