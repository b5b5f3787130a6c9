"""A lean client of the gateway, for loading and for the clock: the standard library's, on one kept connection."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.bench.installation import Installation

TIMEOUT = 600.0  # seconds
LONGEST_IDLE = 3.0  # seconds


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Api:
    """Calls as the officer. Raises RuntimeError for any status of 400 and more."""

    def __init__(self, installation: Installation) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", installation.gateway_port, timeout=TIMEOUT)
        self._last = time.monotonic()
        self._own = {"Authorization": f"Bearer {installation.officer_key}"}

    def send(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if time.monotonic() - self._last > LONGEST_IDLE:
            self._connection.close()  # the server will have closed it, too; the next request opens another one
        self._connection.request(method, path, content, {**self._own, **(headers or {})})
        response = self._connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        self._last = time.monotonic()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.content[:500].decode(errors='replace')}")
        return answer

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, content: bytes, media: str, key: str | None = None) -> Answer:
        headers = {"Content-Type": media} | ({"Idempotency-Key": key} if key else {})
        return self.send("POST", path, content, headers)

    def post_json(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self.post(path, json.dumps(body).encode(), "application/json")

    def submit(
        self, content: bytes, *, form: str, unit: str, period: str, key: str | None = None, **more: str
    ) -> Answer:
        """Sends a return as CSV."""
        query = urlencode({"form": form, "unit": unit, "period": period, **more})
        return self.post(f"/v1/submissions?{query}", content, "text/csv", key)

    def close(self) -> None:
        self._connection.close()
