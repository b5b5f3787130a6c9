"""Stands in front of the application and answers what is finished: one look at the headers and one at the cache.

It knows only hits. Whatever it cannot answer at once (no valid entry, a key not seen lately, a malformed header) goes
to the application behind it, which judges it properly. Its answers pass neither the access log nor the request
metrics, which would cost more than the answer; they are counted.
"""

from datetime import date
from functools import lru_cache
from typing import Final

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from miernik_gateway.cache.answers import Encoding, Headers, accepted_encoding
from miernik_gateway.cache.entries import Entry
from miernik_gateway.clients.authentication import KnownKey
from miernik_gateway.dashboards.catalogue.query import Asked, Defaults, canonical_parameters
from miernik_gateway.dashboards.serve.registry import DASHBOARD_PATHS
from miernik_gateway.dashboards.serve.routes import SCOPE
from miernik_gateway.gateway import Gateway
from miernik_gateway.positions.headers import parse_positions
from miernik_shared.problems import Problem, preferred_language
from miernik_shared.request_context import usable_request_id

_MOST_QUESTIONS = 4096
_HITS = Counter("miernik_cache_hits", "Dashboard reads answered in front of the application", ["status"])
_COUNT: Final = {status: _HITS.labels(str(status)) for status in (200, 304)}
_READS = frozenset(("GET", "HEAD"))
_language = lru_cache(maxsize=256)(preferred_language)

Given = dict[bytes, bytes]
Question = tuple[Asked, Encoding]


class CacheFront:
    """ASGI application around another one."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway
        self._questions: dict[tuple[object, ...], Question | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "http" and scope["path"] in DASHBOARD_PATHS and scope["method"] in _READS:
            answer = self._answer(scope)
            if answer is not None:
                status, headers, content = answer
                _COUNT[status].inc()
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": content})
                return
        await self._app(scope, receive, send)

    def _answer(self, scope: Scope) -> tuple[int, Headers, bytes] | None:
        given: Given = dict(scope["headers"])
        key = self._gateway.keys.recall(given.get(b"authorization", b""))
        # A repeated header is a list, which the application puts together.
        if key is None or SCOPE not in key.caller.scopes or len(given) != len(scope["headers"]):
            return None
        question = self._question(scope, given, key)
        if question is None:
            return None
        asked, encoding = question
        entry = self._kept(asked, given.get(b"miernik-position"))
        if entry is None:
            return None
        variant = self._gateway.cache.variant(asked.key, entry, encoding)
        tags = given.get(b"if-none-match")
        return variant.answer(
            None if tags is None else tags.decode("latin-1"),
            (b"miernik-position", self._gateway.freshness.position_header(entry)),
            (b"x-request-id", usable_request_id(given.get(b"x-request-id", b"").decode("latin-1")).encode()),
        )

    def _kept(self, asked: Asked, positions: bytes | None) -> Entry | None:
        if positions is None:
            return self._gateway.dashboards.kept(asked, {})
        try:
            wanted = parse_positions(positions.decode("latin-1"))
        except ValueError:
            return None
        usable = wanted.keys() <= self._gateway.providers.keys()
        return self._gateway.dashboards.kept(asked, wanted) if usable else None

    def _question(self, scope: Scope, given: Given, key: KnownKey) -> Question | None:
        """The question, remembered by the words in which it was asked and the day; None for a wrong one."""
        today = self._gateway.today.day()
        language, encoding = given.get(b"accept-language", b""), given.get(b"accept-encoding", b"")
        words = (scope["path"], scope["query_string"], language, encoding, key.access, today)
        try:
            return self._questions[words]
        except KeyError:
            if len(self._questions) >= _MOST_QUESTIONS:
                self._questions.clear()
            self._questions[words] = question = self._read_question(scope, given, key.access, today)
            return question

    def _read_question(self, scope: Scope, given: Given, access: str, today: date) -> Question | None:
        dashboard = DASHBOARD_PATHS[scope["path"]]
        defaults = Defaults(today, self._gateway.settings.home_voivodeship)
        try:
            parameters = canonical_parameters(dashboard, scope["query_string"].decode("latin-1"), defaults)
        except Problem:
            return None
        language = _language(given.get(b"accept-language", b"").decode("latin-1"))
        encoding = accepted_encoding(given.get(b"accept-encoding", b"").decode("latin-1"))
        return Asked(dashboard.key, parameters, language, access), encoding
