"""Settings of the service ``contracts``."""

from miernik_shared.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """Where the services are whose feeds are followed."""

    calls_url: str
    indicators_url: str
