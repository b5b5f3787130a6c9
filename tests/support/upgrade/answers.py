"""Recorded answers of a system: requests, what came back, and how an answer of today differs from it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import zstandard
from tests.support.services.running_system import RunningSystem, service_client

DIRECTLY_READ = ("calls", "contracts", "indicators")
DASHBOARD_LIST = "/v1/dashboards"
_DEFAULT_DAY = re.compile(r'("default": ?)"[0-9]{4}-[0-9]{2}-[0-9]{2}"')
_LEVEL = 19
_AT_ONCE = 4
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEADERS = ("content-type", "content-language", "link")


@dataclass(frozen=True)
class Question:
    """A GET request by one of the clients, in one language."""

    path: str
    client: str = "officer"
    language: str = "pl"

    @property
    def name(self) -> str:
        """The request without ids, which are of one dump only."""
        return f"GET {_UUID.sub('{id}', self.path)}"


@dataclass(frozen=True)
class Answer:
    """An answer to a question; the text is as it came, byte for byte."""

    question: Question
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Difference:
    """A difference between a recorded answer and today's."""

    question: Question
    what: str
    recorded: Any
    today: Any

    @property
    def identifier(self) -> str:
        """The entry of the changelog that allows it for every query of the request."""
        return f"upgrade {self.question.name.partition('?')[0]} {self.what}"

    def is_allowed_by(self, pattern: str) -> bool:
        """Return whether an entry of the changelog allows it; an entry may name the query as well."""
        exact = f"upgrade {self.question.name} {self.what}"
        return fnmatchcase(self.identifier, pattern) or fnmatchcase(exact, pattern)

    def __str__(self) -> str:
        question = f"{self.question.path} ({self.question.client}, {self.question.language})"
        return f"{question}: {self.what}: {_short(self.recorded)} is now {_short(self.today)}"


class Reader:
    """Clients by name: those of the gateway, and one that reads each service directly."""

    def __init__(self, system: RunningSystem, keys: Mapping[str, str]) -> None:
        self._clients = {name: system.gateway_client(key) for name, key in keys.items()}
        self._clients |= {part: service_client(system.url(part), part, "reader") for part in DIRECTLY_READ}

    def answer(self, question: Question) -> Answer:
        client = self._clients[question.client]
        response = client.get(question.path, headers={"Accept-Language": question.language})
        address = str(client.base_url).rstrip("/")
        headers = {name: response.headers[name].replace(address, "") for name in _HEADERS if name in response.headers}
        text = _without_today(response.text) if question.path == DASHBOARD_LIST else response.text
        return Answer(question, response.status_code, headers, text.replace(address, ""))

    def answers(self, questions: Iterable[Question]) -> list[Answer]:
        """Answers in the order of the requests, with a few requests at a time."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self.answer, questions))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@dataclass(frozen=True)
class Recording:
    """Keys of the clients of a dump, which open nothing else, recorded answers, and the verdicts of the audit."""

    keys: dict[str, str]
    answers: list[Answer]
    audit: list[str]

    def write(self, file: Path) -> None:
        content = json.dumps(asdict(self), ensure_ascii=False, indent=0).encode()
        file.write_bytes(zstandard.compress(content, _LEVEL))

    @classmethod
    def read(cls, file: Path) -> Recording:
        stored = json.loads(zstandard.decompress(file.read_bytes()))
        answers = [Answer(**{**one, "question": Question(**one["question"])}) for one in stored["answers"]]
        return cls(stored["keys"], answers, stored["audit"])


def _without_today(text: str) -> str:
    """The list of dashboards without the present day, which is the default of a filter."""
    return _DEFAULT_DAY.sub(r'\1"today"', text)


def differences(recorded: Answer, today: Answer) -> list[Difference]:
    """Differences of an answer; none if it is the same byte for byte."""
    found = list(_differences(recorded, today))
    if not found and recorded.text != today.text:
        found = [("bytes changed", recorded.text, today.text)]
    return [Difference(recorded.question, what, before, after) for what, before, after in dict.fromkeys(found)]


def _differences(recorded: Answer, today: Answer) -> Iterator[tuple[str, Any, Any]]:
    if recorded.status != today.status:
        yield "status changed", recorded.status, today.status
    for name in _HEADERS:
        if recorded.headers.get(name) != today.headers.get(name):
            yield f"{name} changed", recorded.headers.get(name), today.headers.get(name)
    if recorded.text != today.text:
        try:
            yield from _value_differences("", _parse(recorded.text), _parse(today.text))
        except ValueError:
            yield "text changed", recorded.text, today.text


def _value_differences(place: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            member = f"{place}.{name}" if place else name
            if name not in new:
                yield f"{member} removed", _text(old[name]), None
            elif name not in old:
                yield f"{member} added", None, _text(new[name])
            else:
                yield from _value_differences(member, old[name], new[name])
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(place, old, new)
    elif old != new or type(old) is not type(new):
        yield f"{place} changed", _text(old), _text(new)


def _list_differences(place: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Differences of elements, where some may have been inserted between those that were there."""
    for old_run, new_run in _aligned(old, new):
        for before, after in zip(old_run, new_run, strict=False):
            yield from _value_differences(place, before, after)
        for extra in old_run[len(new_run) :]:
            yield f"{place} element removed", _text(extra), None
        for extra in new_run[len(old_run) :]:
            yield f"{place} element added", None, _text(extra)


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[Sequence[Any], Sequence[Any]]]:
    if len(old) == len(new):
        yield old, new
        return
    matcher = difflib.SequenceMatcher(None, [_text(one) for one in old], [_text(one) for one in new], autojunk=False)
    for operation, first, last, new_first, new_last in matcher.get_opcodes():
        if operation != "equal":
            yield old[first:last], new[new_first:new_last]


def _parse(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 120 else f"{text[:117]}..."
