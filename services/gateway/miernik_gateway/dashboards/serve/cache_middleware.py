"""ASGI middleware that answers dashboard reads from the byte cache, before the application.

It handles hits only. Any other request (no valid entry, a key not seen lately, a malformed header) is passed to the
application, which validates it. Hits skip the access log and the request metrics, which would cost more than the
answer; a counter counts them.
"""

from datetime import date
from functools import lru_cache
from typing import Final

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from miernik_gateway.cache.answers import Encoding, Headers, accepted_encoding
from miernik_gateway.cache.entries import Entry
from miernik_gateway.clients.authentication import KnownKey
from miernik_gateway.dashboards.catalogue.query import DashboardQuery, Defaults, canonical_parameters
from miernik_gateway.dashboards.serve.registry import DASHBOARD_PATHS
from miernik_gateway.dashboards.serve.routes import SCOPE
from miernik_gateway.gateway import Gateway
from miernik_gateway.positions.headers import parse_positions
from miernik_shared.problems import Problem, preferred_language
from miernik_shared.request_context import choose_request_id

_MOST_QUERIES = 4096
_HITS = Counter("miernik_cache_hits", "Dashboard reads answered in front of the application", ["status"])
_COUNT: Final = {status: _HITS.labels(str(status)) for status in (200, 304)}
_READS = frozenset(("GET", "HEAD"))
_language = lru_cache(maxsize=256)(preferred_language)

RequestHeaders = dict[bytes, bytes]
CacheQuery = tuple[DashboardQuery, Encoding]


class CacheMiddleware:
    """ASGI middleware in front of an application."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self._app = app
        self._gateway = gateway
        self._queries: dict[tuple[object, ...], CacheQuery | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
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
        headers: RequestHeaders = dict(scope["headers"])
        key = self._gateway.keys.recall(headers.get(b"authorization", b""))
        # A repeated header is a list, which the application puts together.
        if key is None or SCOPE not in key.caller.scopes or len(headers) != len(scope["headers"]):
            return None
        found = self._cache_query(scope, headers, key)
        if found is None:
            return None
        query, encoding = found
        entry = self._valid_entry(query, headers.get(b"miernik-position"))
        if entry is None:
            return None
        variant = self._gateway.cache.variant(query.key, entry, encoding)
        tags = headers.get(b"if-none-match")
        return variant.answer(
            None if tags is None else tags.decode("latin-1"),
            (b"miernik-position", self._gateway.freshness.position_header(entry)),
            (b"x-request-id", choose_request_id(headers.get(b"x-request-id", b"").decode("latin-1")).encode()),
        )

    def _valid_entry(self, query: DashboardQuery, positions: bytes | None) -> Entry | None:
        if positions is None:
            return self._gateway.dashboards.valid_entry(query, {})
        try:
            wanted = parse_positions(positions.decode("latin-1"))
        except ValueError:
            return None
        usable = wanted.keys() <= self._gateway.providers.keys()
        return self._gateway.dashboards.valid_entry(query, wanted) if usable else None

    def _cache_query(self, scope: Scope, headers: RequestHeaders, key: KnownKey) -> CacheQuery | None:
        """Canonical query, memoized by the raw request and the day; None for an invalid one."""
        today = self._gateway.today.day()
        language, encoding = headers.get(b"accept-language", b""), headers.get(b"accept-encoding", b"")
        raw = (scope["path"], scope["query_string"], language, encoding, key.access, today)
        try:
            return self._queries[raw]
        except KeyError:
            if len(self._queries) >= _MOST_QUERIES:
                self._queries.clear()
            self._queries[raw] = query = self._parse_query(scope, headers, key.access, today)
            return query

    def _parse_query(self, scope: Scope, headers: RequestHeaders, access: str, today: date) -> CacheQuery | None:
        dashboard = DASHBOARD_PATHS[scope["path"]]
        defaults = Defaults(today, self._gateway.settings.home_voivodeship)
        try:
            parameters = canonical_parameters(dashboard, scope["query_string"].decode("latin-1"), defaults)
        except Problem:
            return None
        language = _language(headers.get(b"accept-language", b"").decode("latin-1"))
        encoding = accepted_encoding(headers.get(b"accept-encoding", b"").decode("latin-1"))
        return DashboardQuery(dashboard.key, parameters, language, access), encoding
