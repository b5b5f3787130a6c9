"""Routes of the services' resources."""

from starlette.routing import BaseRoute, Route

from miernik_gateway.proxy.forward import Forwarding
from miernik_gateway.proxy.routing import RESOURCES

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_forwarding_routes() -> list[BaseRoute]:
    """Build two routes per resource: its own path and the paths below it."""
    return [
        Route(path, Forwarding(service), methods=_METHODS, include_in_schema=False)
        for resource, service in RESOURCES.items()
        for path in (f"/v1/{resource}", f"/v1/{resource}/{{rest:path}}")
    ]
