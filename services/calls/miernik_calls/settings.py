"""Settings of the service ``calls``."""

from miernik_shared.settings import ServiceSettings


class CallsSettings(ServiceSettings):
    """Address of the service whose feed is followed."""

    indicators_url: str
