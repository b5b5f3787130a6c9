"""The application of the service ``calls``."""

from pathlib import Path

from fastapi import FastAPI

from miernik_calls import models
from miernik_calls.tables import tables
from miernik_shared.settings import ServiceSettings
from miernik_shared.web import standard_endpoints
from miernik_shared.web.application import ServiceDefinition, build_application

DEFINITION = ServiceDefinition(
    name="calls",
    title="Miernik – calls",
    tables=tables,
    messages=Path(__file__).parent / "messages",
    routers=(standard_endpoints.feed,),
    allowed_callers={"gateway": frozenset({"feed:read"}), "contracts": frozenset({"feed:read"})},
)
assert DEFINITION.tables.metadata is models.metadata  # noqa: S101 - importing the models declares all tables


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """The ASGI application; settings come from the environment unless given."""
    return build_application(DEFINITION, settings or ServiceSettings())  # pyright: ignore[reportCallIssue]
