"""Application of the service ``indicators``."""

from pathlib import Path

from fastapi import FastAPI

from miernik_indicators import models
from miernik_indicators.definitions.routes import router as definitions
from miernik_indicators.forms.routes import router as forms
from miernik_indicators.owing_lists.routes import router as owing_lists
from miernik_indicators.register.routes import router as register
from miernik_indicators.reports.routes import router as reports
from miernik_indicators.settings import IndicatorsSettings
from miernik_indicators.submissions.routes import router as submissions
from miernik_indicators.tables import tables
from miernik_indicators.units.routes import router as units
from miernik_shared.web import standard_endpoints
from miernik_shared.web.application import ServiceDefinition, build_application
from miernik_shared.web.confirmation_endpoints import build_confirmations_router

CLIENT_SCOPES = frozenset({
    "register:write", "units:write", "definitions:write", "forms:write", "submissions:write", "reports:read",
    "feed:read",
})  # fmt: skip

DEFINITION = ServiceDefinition(
    name="indicators",
    title="Miernik – indicators",
    tables=tables,
    messages=Path(__file__).parent / "messages",
    routers=(
        standard_endpoints.feed,
        register,
        units,
        definitions,
        forms,
        owing_lists,
        submissions,
        reports,
        build_confirmations_router("indicators"),
    ),
    allowed_callers={
        "gateway": CLIENT_SCOPES,
        "calls": frozenset({"feed:read"}),
        "contracts": frozenset({"feed:read"}),
    },
)
assert DEFINITION.tables.metadata is models.metadata  # noqa: S101 - importing the models declares all tables


def create_app(settings: IndicatorsSettings | None = None) -> FastAPI:
    """Build the ASGI application; settings come from the environment unless given."""
    return build_application(DEFINITION, settings or IndicatorsSettings())  # pyright: ignore[reportCallIssue]
