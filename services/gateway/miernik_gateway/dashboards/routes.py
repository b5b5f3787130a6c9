"""``GET /v1/dashboards`` and one path per dashboard."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from miernik_gateway.cache.answers import accepted_encoding
from miernik_gateway.clients.authentication import KnownKey, require_scope
from miernik_gateway.dashboards.body import DashboardBody
from miernik_gateway.dashboards.catalogue import DASHBOARDS
from miernik_gateway.dashboards.description import Dashboard, Filter
from miernik_gateway.dashboards.query import Asked, canonical_parameters
from miernik_gateway.dashboards.reading import Built
from miernik_gateway.dashboards.reports import ReportRefused
from miernik_gateway.gateway import Gateway, gateway_of
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.formats import Language
from miernik_shared.problems import Problem
from miernik_shared.web.contracts import reads

SCOPE = "dashboards:read"
router = APIRouter(prefix="/v1/dashboards", tags=["dashboards"])


class FilterBody(BaseModel):
    """A parameter of a dashboard."""

    name: str
    title: str
    meaning: str


class DashboardEntry(BaseModel):
    """A dashboard in the list; ``href`` is where it is read."""

    key: str
    title: str
    href: str
    filters: list[FilterBody]


@router.get("", **reads(SCOPE))
async def list_dashboards(request: Request) -> list[DashboardEntry]:
    """The dashboards with their filters."""
    await _known_reader(request)
    language: Language = request.state.language
    return [_entry(dashboard, language) for dashboard in DASHBOARDS.values()]


def _entry(dashboard: Dashboard, language: Language) -> DashboardEntry:
    filters = [
        FilterBody(name=one.name, title=one.title.of(language), meaning=one.meaning.of(language))
        for one in dashboard.filters
    ]
    title = dashboard.title.of(language)
    return DashboardEntry(key=dashboard.key, title=title, href=f"/v1/dashboards/{dashboard.key}", filters=filters)


async def _known_reader(request: Request) -> KnownKey:
    key = await gateway_of(request).keys.authenticate(request.headers.get("authorization"))
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
        return _degraded(built) if built.degraded else _whole(gateway, asked, built, request)

    read.__doc__ = f"{dashboard.title.en}. Figures as of a day, by default today's."
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


def _whole(gateway: Gateway, asked: Asked, built: Built, request: Request) -> Response:
    encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
    variant = gateway.cache.variant(asked.key, built.entry, encoding)
    positions = gateway.freshness.position_header(built.entry)
    status, headers, content = variant.answer(request.headers.get("if-none-match"), positions)
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


def _parameter(one: Filter) -> dict[str, Any]:
    return {"name": one.name, "in": "query", "required": False, "description": one.meaning.en, "schema": _TEXT}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": _TEXT}


def _declaration(dashboard: Dashboard) -> dict[str, Any]:
    """Keyword arguments of the route: every status that it answers with, and its parameters."""
    declared = reads(SCOPE, 400)
    declared["responses"][200] = {"model": DashboardBody, "description": "The dashboard"}
    declared["responses"][304] = {"description": "Unchanged since the answer that If-None-Match names"}
    declared["openapi_extra"]["parameters"] = [
        *map(_parameter, dashboard.filters),
        _header(POSITION, "Positions that the answer must reflect, for example indicators=1234"),
        _header("If-None-Match", "Entity tag of the answer that the reader has"),
    ]
    return declared


_TEXT = {"type": "string"}
for _dashboard in DASHBOARDS.values():
    router.add_api_route(
        f"/{_dashboard.key}",
        _reading(_dashboard),
        response_class=Response,
        response_model=None,
        name=f"read_{_dashboard.key}_dashboard",
        **_declaration(_dashboard),
    )
