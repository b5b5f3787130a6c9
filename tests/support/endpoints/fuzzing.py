"""Requests that an OpenAPI document allows, and others, sent to a service in this process; what its answers break.

Schemathesis makes the requests. Left to itself it would only ever hear that nothing is there, so codes and ids that
exist are put into most of them, and into some a value of those that break programs: signs without a place in a text
column, numbers and days at the ends of their ranges, another type.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

SEED = 20110926
UNBROKEN = 6
"""So many requests of each operation have known values only: some of them should succeed."""
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Known = Mapping[str, Sequence[Any]]
"""Values that exist, by the name of the field or parameter; ``forms/code`` is the code of a form only."""
TEXTS = (
    "", " ", "\t", "\x00", "a\x00b", "\ud800", "\u202e", "\ufeff", "𝟘𝟙", "٣", "null", "%", "%00", "_", "\\", "'",
    '"; --', "x" * 5000, "NaN", "Infinity", "-Infinity", "1e400", "1E-400", "-1", "-0.00", "0.001", "0,01", "1 000.00",
    "9" * 16 + ".99", "9" * 40, "0001-01-01", "9999-12-31", "0000-00-00", "2011-02-29", "2011-12", "99999-01-01",
    "2011-01-01T00:00:00", "2011-W01-1", "20110101", "2011-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2011-H1", "2199-H2", "00000000-0000-0000-0000-000000000000", "00", "99", "PL", "..",
    "a/b",
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 1, 2**31, 2**63, 10**30, -(10**30), 0.1, 1e308, 1e-308, float("nan"), [], {}, [None], [[]],
    {"": None}, ["x"],
)  # fmt: skip
_NBP = b'[{"table": "A", "no": "%b", "effectiveDate": "%b", "rates": [{"code": "EUR", "mid": %b}]}]'
BODIES = (
    b"", b" ", b"null", b"[]", b"{}", b"0", b'"x"', b"{", b"[1,", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b'{"a":NaN}',
    b"1e999", b'{"number": 1, "number": 2}', b'{"rows": null}', b'{"rows": [null]}', b'{"rows": [{}]}', b"[" * 5000,
    b'{"a":' * 5000, b'{"rates": []}', _NBP % (b"\\ud800", b"2011-09-26", b"4.1"),
    _NBP % (b"1", b"2011-W01-1", b"1e-7"),
    "number;title\nWND-9;\ud800\n".encode(errors="surrogatepass"), b"number\n\x00\n", b"\n\n\n", b"a;a\n1;2\n",
    b"number;number\n1;2\n", b'"', b'number;title\n"a;b\n', b"0" * 20000,
    b"number;submitted_on;submitted_value_pln\nW-1;0001-01-01;1e3\n",
)  # fmt: skip
Makers = Mapping[str, Callable[[random.Random], Any]]


@dataclass
class Fuzzed:
    """Service under test, its document and its client."""

    app: Any
    document: dict[str, Any]
    client: httpx.AsyncClient
    known: Known
    tables: Makers = field(default_factory=dict[str, Callable[[random.Random], Any]])
    """Generators of possibly valid CSV files, by path."""
    bodies: Makers = field(default_factory=dict[str, Callable[[random.Random], Any]])
    """Generators of bodies that fit the stored data, by method and path: rules across fields are in no document."""

    def __post_init__(self) -> None:
        generation = GenerationConfig(allow_x00=True, codec=None, with_security_parameters=False)
        config = SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
        self.schema = schemathesis.openapi.from_dict(self.document, config=config)


@dataclass
class Outcome:
    """Results of all requests of one operation."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    faults: dict[str, str] = field(default_factory=dict[str, str])


async def fuzz(target: Fuzzed, method: str, path: str, examples: int) -> Outcome:
    """Send valid requests, invalid ones, and valid ones with one value that often breaks programs."""
    trial = _Trial(target, method, path, asyncio.get_running_loop())
    await asyncio.to_thread(trial.run, examples)
    return trial.outcome


class _Trial:
    """One operation. Runs in a thread: Hypothesis waits for each answer, the service answers on its own loop."""

    def __init__(self, target: Fuzzed, method: str, path: str, loop: asyncio.AbstractEventLoop) -> None:
        self._target = target
        self._path = path
        self._loop = loop
        self._operation = target.schema[path][method]
        declared: list[dict[str, Any]] = target.document["paths"][path][method.lower()].get("parameters", [])
        self._headers = {one["name"] for one in declared if one["in"] == "header"}
        self._queries = [one["name"] for one in declared if one["in"] == "query"]
        self._has_body = "requestBody" in target.document["paths"][path][method.lower()]
        self._asked = 0
        self.outcome = Outcome()

    def run(self, examples: int) -> None:
        takes_input = "{" in self._path or self._queries or self._has_body
        modes = schemathesis.GenerationMode
        self._try(self._operation.as_strategy(modes.POSITIVE), examples if takes_input else 1)
        if takes_input:
            with contextlib.suppress(Unsatisfiable):  # a path of any text, for one: nothing would be wrong there
                self._try(self._operation.as_strategy(modes.NEGATIVE), examples // 2)

    def _try(self, cases: st.SearchStrategy[Any], examples: int) -> None:
        @seed(SEED)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases, chance=st.integers(0, 2**32 - 1))
        def ask(case: Any, chance: int) -> None:
            self._ask(case, random.Random(chance))

        ask()

    def _ask(self, case: Any, chance: random.Random) -> None:
        self._asked += 1
        plain = self._asked <= UNBROKEN
        self._put_known(case, chance, 1 if plain else 0.8)
        sound = self._target.bodies.get(f"{self._operation.method.upper()} {self._path}")
        if sound and (plain or chance.random() < 0.6):
            case.body, case.media_type = sound(chance), "application/json"
        if not plain and chance.random() < 0.4:
            self._break_something(case, chance)
        if case.query and "timeout" in case.query and not isinstance(case.query["timeout"], str):
            case.query["timeout"] = 0  # nobody waits for news here
        try:
            request = self._request(case, chance)
        except (ValueError, UnicodeError, requests.RequestException):
            return  # no client can put it on a wire
        try:
            response = self._wait(self._target.client.send(request))
        except Exception as error:
            self._note(f"{type(error).__name__}: {error}"[:300], request)
            return
        self.outcome.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                message = f"{getattr(failure, 'title', '')}: {failure.message}"  # type: ignore[attr-defined]
                self._note(f"{response.status_code} {message}"[:400], request, response)

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def _note(self, what: str, request: httpx.Request, response: httpx.Response | None = None) -> None:
        answer = response.text[:500] if response is not None else ""
        content = request.content[:600]
        self.outcome.faults.setdefault(what, f"{request.method} {request.url} {content!r} -> {answer}")

    def _values(self, name: str) -> Sequence[Any]:
        """Known values for this action alone, which may use them up, or for this resource, or for all."""
        known = self._target.known
        resource = self._path.split("/")[2] if self._path.count("/") > 1 else ""
        places = (f"{self._path.rpartition('/')[2]}/{name}", f"{resource}/{name}", name)
        return next((known[place] for place in places if place in known), ())

    def _put_known(self, case: Any, chance: random.Random, share: float) -> None:
        for container in (case.path_parameters, case.query, None if case.body is NOT_SET else case.body):
            self._put_into(container, chance, share)

    def _put_into(self, node: Any, chance: random.Random, share: float) -> None:
        if isinstance(node, dict):
            found = cast("dict[str, Any]", node)
            for name, value in found.items():
                known = self._values(name)
                if known and chance.random() < share:
                    found[name] = chance.choice(known)
                else:
                    self._put_into(value, chance, share)
        elif isinstance(node, list):
            for one in cast("list[Any]", node):
                self._put_into(one, chance, share)

    def _break_something(self, case: Any, chance: random.Random) -> None:
        """Replace one value of the path, the query or the body."""
        places = [(container, name) for container in (case.path_parameters, case.query) for name in container or ()]
        if case.body is not NOT_SET:
            places += list(_places(case.body)) * 3
        missing = [name for name in self._queries if name not in (case.query or {})]
        if missing and chance.random() < 0.3:
            case.query = {**(case.query or {}), chance.choice(missing): chance.choice(TEXTS)}
        elif places:
            container, name = chance.choice(places)
            container[name] = chance.choice(TEXTS if chance.random() < 0.7 else VALUES)
            if container is case.query and chance.random() < 0.2:
                container[name] = [chance.choice(TEXTS), chance.choice(TEXTS)]

    def _request(self, case: Any, chance: random.Random) -> httpx.Request:
        base = str(self._target.client.base_url).rstrip("/")
        plain = self._asked <= UNBROKEN
        tables = self._target.tables.get(self._path)
        raw: bytes | None = None
        headers: dict[str, str] = {}
        if plain and tables:
            raw, headers["Content-Type"] = tables(chance), "text/csv"
        elif self._has_body and case.media_type and case.media_type != "application/json":
            raw = tables(chance) if tables and chance.random() < 0.7 else chance.choice(BODIES)
            headers["Content-Type"] = case.media_type
        elif self._has_body and not plain and chance.random() < 0.12:
            raw, headers["Content-Type"] = chance.choice(BODIES), "application/json"
        elif self._has_body and case.body is not NOT_SET:
            # Python writes lone surrogates as escapes, which JSON allows, and NaN, which it does not.
            raw, headers["Content-Type"] = json.dumps(case.body, default=str).encode(), "application/json"
        elif self._has_body:
            raw = b""
        case.body = NOT_SET
        arguments = case.as_transport_kwargs(base_url=base)
        given = {name: value for name, value in arguments["headers"].items() if name not in ("Content-Type",)}
        prepared = requests.Request(
            arguments["method"], arguments["url"], params=arguments.get("params"), headers=given
        ).prepare()
        told = self._make_headers(prepared.url or "", chance)
        sent = {**prepared.headers, **headers, **told}
        invented = {"If-Match"} - told.keys() if plain else set[str]()
        for name in ("Content-Length", "Authorization", *invented):
            sent.pop(name, None)
        return self._target.client.build_request(arguments["method"], str(prepared.url), content=raw, headers=sent)

    def _make_headers(self, url: str, chance: random.Random) -> dict[str, str]:
        """Make the headers: the current version as ``If-Match``, and a new idempotency key."""
        told: dict[str, str] = {}
        plain = self._asked <= UNBROKEN
        if "Idempotency-Key" in self._headers and (plain or chance.random() < 0.8):
            told["Idempotency-Key"] = uuid4().hex
        if "If-Match" in self._headers and (plain or chance.random() < 0.8):
            subject = url.partition("?")[0]
            for action in ("/stages", "/amendments", "/termination", "/annulment"):
                subject = subject.removesuffix(action)
            try:
                answer = self._wait(self._target.client.get(subject))
            except Exception:
                return told
            told |= {"If-Match": answer.headers["ETag"]} if "ETag" in answer.headers else {}
        return told


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Paths of all values of a JSON document."""
    if isinstance(node, dict):
        for name, value in cast("dict[Any, Any]", node).items():
            yield node, name
            yield from _places(value)
    elif isinstance(node, list):
        for number, value in enumerate(cast("list[Any]", node)):
            yield node, number
            yield from _places(value)
