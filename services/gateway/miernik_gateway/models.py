"""All tables of this service, for migrations and checks: importing a feature's models declares its tables."""

from miernik_gateway.clients import models as _clients
from miernik_gateway.positions import models as _positions
from miernik_gateway.tables import metadata

__all__ = ["_clients", "_positions", "metadata"]
