"""Routes of the dashboards: ``GET /v1/dashboards`` and one path per dashboard."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from miernik_gateway.cache.answers import accepted_encoding
from miernik_gateway.clients.authentication import KnownKey, client_of, require_scope
from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.catalogue.filter import Filter
from miernik_gateway.dashboards.catalogue.query import DashboardQuery, canonical_parameters
from miernik_gateway.dashboards.compose.body import DashboardBody
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_gateway.dashboards.serve.dashboard_list import DashboardEntry
from miernik_gateway.dashboards.serve.reader import Answer
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.gateway import Gateway, gateway_of
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_shared.problems import Problem
from miernik_shared.values.offices import OfficeOrAll
from miernik_shared.web.endpoint_declarations import Answer as AnswerDeclaration
from miernik_shared.web.endpoint_declarations import Parameter, reads
from miernik_shared.web.request_headers import combine_header
from miernik_shared.web.routes import DeclaredRoute

SCOPE = "dashboards:read"
router = APIRouter(prefix="/v1/dashboards", tags=["dashboards"])
_IF_NONE_MATCH = Parameter("If-None-Match", "header", "Entity tag of the answer that the reader has")
_MIN_POSITION = Parameter(POSITION, "header", "Positions that the answer must reflect, for example indicators=1234")


def _describe_filter(one: Filter) -> Parameter:
    return Parameter(one.name, "query", one.meaning.en)


def _declare_list() -> dict[str, Any]:
    """Keyword arguments of the route of the list."""
    answer = AnswerDeclaration("The dashboards", list[DashboardEntry])
    return reads(SCOPE, 304, 429, parameters=[_IF_NONE_MATCH], answer=answer)


def _declare_dashboard(dashboard: Dashboard) -> dict[str, Any]:
    """Keyword arguments of a dashboard's route: its parameters and statuses."""
    parameters = [*map(_describe_filter, dashboard.filters), _MIN_POSITION, _IF_NONE_MATCH]
    return reads(SCOPE, 304, 429, parameters=parameters, answer=AnswerDeclaration("The dashboard", DashboardBody))


async def list_dashboards(
    request: Request,
    office: Annotated[
        OfficeOrAll | None,
        Query(description="Office whose measures are listed (PL: all); by default the home one"),
    ] = None,
) -> Response:
    """List the dashboards with their filters, the known values of each filter, and the first and last day with data."""
    gateway = gateway_of(request)
    reader = await _authenticate(request)
    defaults = gateway.defaults()
    async with gateway.places.reads.take(reader.caller.client):
        key, answer = await gateway.dashboard_list.read(request.state.language, reader.access, defaults, office)
    return _degraded(answer) if answer.degraded else _whole(gateway, key, answer, request)


async def _authenticate(request: Request) -> KnownKey:
    key = await client_of(gateway_of(request).keys, request)
    require_scope(key.caller, SCOPE)
    return key


def _read_endpoint(dashboard: Dashboard) -> Callable[[Request], Awaitable[Response]]:
    async def read(request: Request) -> Response:
        gateway = gateway_of(request)
        key = await _authenticate(request)
        wanted = wanted_positions(request, gateway)
        parameters = canonical_parameters(dashboard, request.url.query, gateway.defaults())
        query = DashboardQuery(dashboard.key, parameters, request.state.language, key.access)
        try:
            async with gateway.places.reads.take(key.caller.client):
                answer = await gateway.dashboards.read(dashboard, query, wanted)
        except ReportRefused as refusal:
            return _forward(refusal)
        return _degraded(answer) if answer.degraded else _whole(gateway, query.key, answer, request)

    read.__doc__ = f"{dashboard.title.en}. Figures as of a day, by default today's."
    return read


def wanted_positions(request: Request, gateway: Gateway) -> Mapping[str, int]:
    """Return the positions of the header ``Miernik-Position``, which the answer must reach. Raises a 400 problem."""
    header = combine_header(request.headers, POSITION)
    if header is None:
        return {}
    try:
        wanted = parse_positions(header)
    except ValueError as error:
        raise Problem(400, "position_malformed") from error
    if not wanted.keys() <= gateway.providers.keys():
        raise Problem(400, "position_malformed")
    return wanted


def _whole(gateway: Gateway, key: str, answer: Answer, request: Request) -> Response:
    encoding = accepted_encoding(combine_header(request.headers, "Accept-Encoding") or "")
    variant = gateway.cache.variant(key, answer.entry, encoding)
    position = (b"miernik-position", gateway.freshness.position_header(answer.entry))
    status, headers, content = variant.answer(combine_header(request.headers, "If-None-Match"), position)
    response = Response(content, status)
    response.raw_headers = headers
    return response


def _degraded(answer: Answer) -> Response:
    headers = {
        "Miernik-Degraded": ", ".join(answer.degraded),
        "Cache-Control": "no-store",
        "Content-Language": answer.entry.language,
    }
    return Response(answer.entry.body, headers=headers, media_type="application/json")


def _forward(refusal: ReportRefused) -> Response:
    headers = {"Cache-Control": "no-store"}
    if refusal.language:
        headers["Content-Language"] = refusal.language
    return Response(refusal.content, refusal.status, headers, refusal.media_type)


# The dashboards validate their query by their own filters; the list accepts those that it declares.
router.add_api_route(
    "",
    list_dashboards,
    response_class=Response,
    response_model=None,
    route_class_override=DeclaredRoute,
    **_declare_list(),
)
for _dashboard in DASHBOARDS.values():
    router.add_api_route(
        f"/{_dashboard.key}",
        _read_endpoint(_dashboard),
        response_class=Response,
        response_model=None,
        name=f"read_{_dashboard.key}_dashboard",
        **_declare_dashboard(_dashboard),
    )
