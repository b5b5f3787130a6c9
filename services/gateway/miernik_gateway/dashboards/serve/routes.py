"""``GET /v1/dashboards`` and one path per dashboard."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from miernik_gateway.cache.answers import accepted_encoding
from miernik_gateway.clients.authentication import KnownKey, client_of, require_scope
from miernik_gateway.dashboards.catalogue.description import Dashboard, Filter
from miernik_gateway.dashboards.catalogue.query import Asked, canonical_parameters
from miernik_gateway.dashboards.compose.body import DashboardBody
from miernik_gateway.dashboards.fetch.report_client import ReportRefused
from miernik_gateway.dashboards.serve.dashboard_list import DashboardEntry
from miernik_gateway.dashboards.serve.reader import Built
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.gateway import Gateway, gateway_of
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.problems import Problem
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.routes import DeclaredRoute

SCOPE = "dashboards:read"
router = APIRouter(prefix="/v1/dashboards", tags=["dashboards"])
_TEXT = {"type": "string"}


def _parameter(one: Filter) -> dict[str, Any]:
    return {"name": one.name, "in": "query", "required": False, "description": one.meaning.en, "schema": _TEXT}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": _TEXT}


_IF_NONE_MATCH = _header("If-None-Match", "Entity tag of the answer that the reader has")


def _conditional(declared: dict[str, Any]) -> dict[str, Any]:
    declared["responses"][304] = {"description": "Unchanged since the answer that If-None-Match names"}
    return declared


def _list_declaration() -> dict[str, Any]:
    declared = _conditional(reads(SCOPE))
    declared["responses"][200] = {"model": list[DashboardEntry], "description": "The dashboards"}
    declared["openapi_extra"]["parameters"] = [_IF_NONE_MATCH]
    return declared


def _declaration(dashboard: Dashboard) -> dict[str, Any]:
    """Keyword arguments of the route: every status that it answers with, and its parameters."""
    declared = _conditional(reads(SCOPE, 400))
    declared["responses"][200] = {"model": DashboardBody, "description": "The dashboard"}
    declared["openapi_extra"]["parameters"] = [
        *map(_parameter, dashboard.filters),
        _header(POSITION, "Positions that the answer must reflect, for example indicators=1234"),
        _IF_NONE_MATCH,
    ]
    return declared


async def list_dashboards(request: Request) -> Response:
    """The dashboards with their filters, the values that are known for them, first and last day with data."""
    gateway = gateway_of(request)
    reader = await _known_reader(request)
    key, built = await gateway.dashboard_list.read(request.state.language, reader.access, gateway.defaults())
    return _degraded(built) if built.degraded else _whole(gateway, key, built, request)


async def _known_reader(request: Request) -> KnownKey:
    key = await client_of(gateway_of(request).keys, request)
    require_scope(key.caller, SCOPE)
    return key


def _reading(dashboard: Dashboard) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        gateway = gateway_of(request)
        key = await _known_reader(request)
        wanted = wanted_positions(request, gateway)
        parameters = canonical_parameters(dashboard, request.url.query, gateway.defaults())
        asked = Asked(dashboard.key, parameters, request.state.language, key.access)
        try:
            built = await gateway.dashboards.read(dashboard, asked, wanted)
        except ReportRefused as refusal:
            return _passed_on(refusal)
        return _degraded(built) if built.degraded else _whole(gateway, asked.key, built, request)

    read.__doc__ = f"{dashboard.list_title.en}. Figures as of a day, by default today's."
    return read


def wanted_positions(request: Request, gateway: Gateway) -> Mapping[str, int]:
    """What the reader has seen elsewhere, by its header ``Miernik-Position``. Raises a 400 problem."""
    headers = request.headers.getlist(POSITION)
    if not headers:
        return {}
    try:
        wanted = parse_positions(",".join(headers))
    except ValueError as error:
        raise Problem(400, "position_malformed") from error
    if not wanted.keys() <= gateway.providers.keys():
        raise Problem(400, "position_malformed")
    return wanted


def _whole(gateway: Gateway, key: str, built: Built, request: Request) -> Response:
    encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
    variant = gateway.cache.variant(key, built.entry, encoding)
    position = (b"miernik-position", gateway.freshness.position_header(built.entry))
    status, headers, content = variant.answer(request.headers.get("if-none-match"), position)
    response = Response(content, status)
    response.raw_headers = headers
    return response


def _degraded(built: Built) -> Response:
    headers = {
        "Miernik-Degraded": ", ".join(built.degraded),
        "Cache-Control": "no-store",
        "Content-Language": built.entry.language,
    }
    return Response(built.entry.body, headers=headers, media_type="application/json")


def _passed_on(refusal: ReportRefused) -> Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.language:
        headers["Content-Language"] = refusal.language
    return Response(refusal.content, refusal.status, headers, refusal.media_type)


# The dashboards judge their queries by their descriptions; the list takes no parameters at all.
router.add_api_route(
    "",
    list_dashboards,
    response_class=Response,
    response_model=None,
    route_class_override=DeclaredRoute,
    **_list_declaration(),
)
for _dashboard in DASHBOARDS.values():
    router.add_api_route(
        f"/{_dashboard.key}",
        _reading(_dashboard),
        response_class=Response,
        response_model=None,
        name=f"read_{_dashboard.key}_dashboard",
        **_declaration(_dashboard),
    )
