"""Settings of the service ``contracts``."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """Where the services are whose feeds are followed, and how long a write waits for their news."""

    calls_url: str
    indicators_url: str
    wait_for_calls_seconds: float = Field(default=1.0, ge=0)
    """How long a write waits for a node or an application that calls may just have told of."""
