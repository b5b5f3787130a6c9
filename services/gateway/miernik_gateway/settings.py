"""Settings of the gateway."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Where the services are, and what browsers and the cache may do."""

    calls_url: str
    contracts_url: str
    indicators_url: str
    cors_origins: str = ""
    """Origins from which browsers may call, separated by commas; none by default."""
    cache_bytes: int = Field(default=67_108_864, ge=0)
    """Most bytes of finished answers in memory."""

    @property
    def allowed_origins(self) -> list[str]:
        """The origins of ``cors_origins``."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def addresses(self) -> dict[str, str]:
        """Address by service."""
        return {"calls": self.calls_url, "contracts": self.contracts_url, "indicators": self.indicators_url}
