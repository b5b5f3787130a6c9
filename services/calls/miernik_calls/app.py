"""Application of the service ``calls``."""

from pathlib import Path

from fastapi import FastAPI

from miernik_calls import models
from miernik_calls.application_imports.routes import router as application_imports
from miernik_calls.applications.routes import router as applications
from miernik_calls.calls.routes import router as calls
from miernik_calls.organisations.routes import router as organisations
from miernik_calls.programme.routes import router as programme
from miernik_calls.reports.pipeline_routes import router as pipeline_report
from miernik_calls.reports.routes import router as reports
from miernik_calls.settings import CallsSettings
from miernik_calls.tables import tables
from miernik_shared.territories.replica import follow_register
from miernik_shared.web import standard_endpoints
from miernik_shared.web.application import ServiceDefinition, build_application
from miernik_shared.web.confirmation_endpoints import build_confirmations_router
from miernik_shared.web.service import Service


def _follow(service: Service) -> None:
    settings = service.settings
    assert isinstance(settings, CallsSettings)  # noqa: S101 - this service is built with these settings
    follow_register(service, settings.indicators_url)


CLIENT_SCOPES = frozenset({
    "programme:write", "organisations:write", "calls:write", "applications:write", "applications:read", "reports:read",
    "feed:read",
})  # fmt: skip

DEFINITION = ServiceDefinition(
    name="calls",
    title="Miernik – calls",
    tables=tables,
    messages=Path(__file__).parent / "messages",
    routers=(
        standard_endpoints.feed,
        programme,
        organisations,
        calls,
        applications,
        application_imports,
        reports,
        pipeline_report,
        build_confirmations_router("calls"),
    ),
    allowed_callers={"gateway": CLIENT_SCOPES, "contracts": frozenset({"feed:read"})},
    prepare=_follow,
)
assert DEFINITION.tables.metadata is models.metadata  # noqa: S101 - importing the models declares all tables


def create_app(settings: CallsSettings | None = None) -> FastAPI:
    """Build the ASGI application; settings come from the environment unless given."""
    return build_application(DEFINITION, settings or CallsSettings())  # pyright: ignore[reportCallIssue]
