"""A PESEL in every spelling in every input of a service: nothing of it is stored, logged, traced or answered."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import cycle
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
import pytest
import zstandard
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.support.builders.personal_numbers import made_up_pesel, spellings
from tests.support.endpoints.matrix import IF_FIRST, KEY, Endpoint, EndpointClient

from miernik_shared.tracing import TRACING

HEADERS = (
    "X-Request-Id", "tracestate", "If-Match", "User-Agent", "Accept-Language", "Miernik-Position", "Prefer",
    "If-None-Match", "Referer", "X-Forwarded-For",
)  # fmt: skip
SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]{1,2}")
ZSTD, BYTES = b"\x28\xb5\x2f\xfd", re.compile(r"\\x((?:[0-9a-f]{2})+)")


def only_digits(text: str) -> str:
    """The digits of a text in any script, and of the plain form of a number in scientific notation."""
    text = unicodedata.normalize("NFKC", text)
    if SCIENTIFIC.fullmatch(text):
        text = f"{Decimal(text.replace(',', '.')):f}"
    return "".join(str(unicodedata.digit(sign)) for sign in text if unicodedata.digit(sign, None) is not None)


def leaves(value: Any) -> Iterator[str]:
    """All texts, numbers and names of members of a JSON value; stored bytes as text, unpacked."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, str) and (stored := BYTES.fullmatch(value)):
        content = bytes.fromhex(stored[1])
        yield value
        yield (unpacked(content) if content.startswith(ZSTD) else content).decode("utf-8", "replace")
    else:
        yield str(value)


def unpacked(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(content)


@dataclass
class Sower:
    """Requests of a table, each with the number in one place."""

    client: EndpointClient
    number: str
    answers: list[httpx.Response] = field(default_factory=list[httpx.Response])

    def __post_init__(self) -> None:
        self._texts = cycle(spellings(self.number).values())
        self._traces = cycle((f"{self.number:0>32}-00f067aa0ba902b7", f"{'a' * 21}{self.number}-{self.number:f<16}"))

    def text(self, *, printable: bool = False) -> str:
        """The number in the next spelling."""
        return next(text for text in self._texts if text.isprintable() or not printable)

    async def send(self, endpoint: Endpoint, **planted: Any) -> None:
        headers = {"If-Match": IF_FIRST["If-Match"], **planted.pop("headers", {})}
        self.answers.append(await self.client.send(endpoint, headers=headers, **planted))

    async def sow(self, endpoint: Endpoint) -> None:
        await self._in_the_address(endpoint)
        await self._in_headers(endpoint)
        if endpoint.body is not None:
            await self._in_a_body(endpoint)
        if endpoint.file is not None:
            await self._in_a_file(endpoint)

    async def _in_the_address(self, endpoint: Endpoint) -> None:
        operations = self.client.service.app.openapi()["paths"][endpoint.template]
        parameters = operations[endpoint.method.lower()].get("parameters", [])
        for name in ("nothing", *(one["name"] for one in parameters if one["in"] == "query")):
            await self.send(endpoint, path=endpoint.asking(f"{name}={quote(self.text(), safe='')}"))
        await self.send(endpoint, path=endpoint.asking(f"{self.number}=1"))
        for name in re.findall(r"{(\w+)}", endpoint.template):
            path = endpoint.template.replace(f"{{{name}}}", quote(self.text(), safe=""))
            await self.send(endpoint, path=path)

    async def _in_headers(self, endpoint: Endpoint) -> None:
        sent = {name: self.text(printable=True).encode() for name in HEADERS}
        trace = next(self._traces)
        named = f'attachment; filename="{self.number}.csv"'
        await self.send(endpoint, headers={**sent, "traceparent": f"00-{trace}-01", "Content-Disposition": named})
        if endpoint.writes:
            request_id = {"X-Request-Id": f"{self.number:0>32}"}
            for key in (self.number, self.text(printable=True)):
                await self.send(endpoint, headers={KEY: key.encode(), **request_id})
            await self.send(endpoint, headers={"Content-Type": f"text/csv; charset={self.number}; name={self.number}"})

    async def _in_a_body(self, endpoint: Endpoint) -> None:
        body = json.loads(self.client.content(endpoint) or b"{}")
        number = int(self.number)
        for planted in (self.text, lambda: number):
            for changed in with_each_leaf(body, planted):
                await self.send(endpoint, content=json.dumps(changed).encode())
        await self.send(endpoint, content=json.dumps({**body, self.number: 1}).encode())

    async def _in_a_file(self, endpoint: Endpoint) -> None:
        lines = (self.client.content(endpoint) or b"").decode().splitlines()
        for row, line in enumerate(lines[:2]):
            cells = line.split(";")
            for place in range(len(cells)):
                # Zeros count for nothing in a number alone: elsewhere thirteen digits are another number.
                zeros = [f"00{self.number}"] if re.fullmatch("[0-9.,]+", cells[place]) else []
                for text in (self.text(printable=row == 0), *zeros):
                    quoted = '"' + text.replace('"', '""') + '"'
                    changed = ";".join([*cells[:place], quoted, *cells[place + 1 :]])
                    await self.send(endpoint, content="\n".join([*lines[:row], changed, *lines[row + 1 :]]).encode())
        for line in (self.number, f"{lines[0]};{self.number}", f"sep={self.number}"):
            await self.send(endpoint, content="\n".join([line, *lines]).encode())
            await self.send(endpoint, content="\n".join([*lines, line]).encode())
        names = lines[0].split(";")
        row = dict(zip(names, lines[1].split(";"), strict=False))
        for changed in with_each_leaf(row, self.text):
            content = json.dumps({"rows": [changed]}).encode()
            await self.send(endpoint, content=content, headers={"Content-Type": "application/json"})
        for changed in with_each_leaf(row, lambda: int(self.number)):
            content = json.dumps(changed).encode()
            await self.send(endpoint, content=content, headers={"Content-Type": "application/x-ndjson"})


def with_each_leaf(value: Any, planted: Callable[[], Any]) -> Iterator[Any]:
    """The value with one leaf after the other replaced."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: changed} for changed in with_each_leaf(inner, planted))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in with_each_leaf(inner, planted))
    else:
        yield planted()


class PlantedNumberChecks:
    """The check for a service with a table of endpoints."""

    endpoints: ClassVar[Any]

    @pytest.fixture
    def spans(self) -> Iterator[InMemorySpanExporter]:
        exporter = InMemorySpanExporter()
        TRACING.start("test", SimpleSpanProcessor(exporter))
        yield exporter
        TRACING.stop()

    async def test_a_personal_number_in_any_input_is_nowhere(
        self, spans: InMemorySpanExporter, own_client: EndpointClient, log_lines: io.StringIO
    ) -> None:
        sower = Sower(own_client, made_up_pesel("440514", "0777"))
        for endpoint in self.endpoints:
            await sower.sow(endpoint)

        told = [text for one in sower.answers for text in (str(one.headers.multi_items()), *leaves(as_json(one)))]
        rows = [json.loads(row) for row in own_client.service.everything_stored().splitlines()]
        traced = [text for one in spans.get_finished_spans() for text in texts_of(one)]
        found = {
            place: [text for text in texts if sower.number in only_digits(text)]
            for place, texts in {
                "answers": told, "tables": leaves(rows), "log": log_lines.getvalue().splitlines(), "spans": traced,
            }.items()
        }  # fmt: skip
        assert not any(found.values()), {place: texts[:5] for place, texts in found.items()}
        broken = [f"{one.request.method} {one.request.url}" for one in sower.answers if one.status_code >= 500]
        assert not broken, broken
        searched = {"answers": len(sower.answers), "rows": len(rows), "spans": len(traced)}
        assert min(searched.values()) > 20, searched


def texts_of(span: ReadableSpan) -> Iterator[str]:
    """Everything that is exported of a span."""
    yield span.name
    yield from map(str, (span.attributes or {}).values())
    for context in filter(None, (span.context, span.parent)):
        yield from (f"{context.trace_id:032x}", f"{context.span_id:016x}", str(context.trace_state))


def as_json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text
