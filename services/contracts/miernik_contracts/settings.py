"""Settings of the service ``contracts``."""

from miernik_shared.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """Where the services are whose feeds are followed."""

    indicators_url: str
