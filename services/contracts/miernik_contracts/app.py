"""The application of the service ``contracts``."""

from pathlib import Path

from fastapi import FastAPI

from miernik_contracts import models
from miernik_contracts.agreements.routes import router as agreements
from miernik_contracts.allocations.routes import router as allocations
from miernik_contracts.followers.calls_projection import PROJECTION as PROGRAMME
from miernik_contracts.followers.calls_projection import apply_calls_page
from miernik_contracts.followers.units_projection import PROJECTION, apply_unit_events
from miernik_contracts.overcontracting.routes import router as overcontracting
from miernik_contracts.rates.routes import router as rates
from miernik_contracts.reports.recommended_routes import router as recommended
from miernik_contracts.reports.routes import router as reports
from miernik_contracts.settings import ContractsSettings
from miernik_contracts.tables import tables
from miernik_shared.changelog.follower import ByPage, Follower
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller
from miernik_shared.territories.replica import follow_register
from miernik_shared.web import standard_endpoints
from miernik_shared.web.application import ServiceDefinition, build_application
from miernik_shared.web.confirmation_endpoints import build_confirmations_router
from miernik_shared.web.service import Service


def _follow(service: Service) -> None:
    settings = service.settings
    assert isinstance(settings, ContractsSettings)  # noqa: S101 - this service is built with these settings
    own = Caller(service.name, service.name, frozenset({standard_endpoints.FEED_SCOPE}))
    change_log = service.tables.change_log
    for projection, provider, address, apply in (
        (PROJECTION, "indicators", settings.indicators_url, ByPage(apply_unit_events)),
        (PROGRAMME, "calls", settings.calls_url, ByPage(apply_calls_page, service.signal.announce)),
    ):
        client = ServiceClient(provider, address, service.signer, own)
        service.clients.append(client)
        service.followers.append(Follower(projection.name, client, service.engine, change_log, apply))
    follow_register(service, settings.indicators_url)


CLIENT_SCOPES = frozenset({
    "rates:write", "allocations:write", "agreements:write", "agreements:read", "reports:read", "feed:read",
})  # fmt: skip

DEFINITION = ServiceDefinition(
    name="contracts",
    title="Miernik – contracts",
    tables=tables,
    messages=Path(__file__).parent / "messages",
    routers=(
        standard_endpoints.feed,
        rates,
        allocations,
        overcontracting,
        agreements,
        recommended,
        reports,
        build_confirmations_router("contracts"),
    ),
    allowed_callers={"gateway": CLIENT_SCOPES, "indicators": frozenset({"feed:read"})},
    prepare=_follow,
)
assert DEFINITION.tables.metadata is models.metadata  # noqa: S101 - importing the models declares all tables


def create_app(settings: ContractsSettings | None = None) -> FastAPI:
    """The ASGI application; settings come from the environment unless given."""
    return build_application(DEFINITION, settings or ContractsSettings())  # pyright: ignore[reportCallIssue]
