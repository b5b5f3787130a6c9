"""Settings of the gateway."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class GatewaySettings(ServiceSettings):
    """Addresses of the services, CORS origins and the size of the cache."""

    calls_url: str
    contracts_url: str
    indicators_url: str
    cors_origins: str = ""
    """Allowed CORS origins, separated by commas; none by default."""
    cache_bytes: int = Field(default=67_108_864, ge=0)
    """Maximum size of the response cache in bytes."""

    @property
    def allowed_origins(self) -> list[str]:
        """List of the origins in ``cors_origins``."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def addresses(self) -> dict[str, str]:
        """Base URL by service."""
        return {"calls": self.calls_url, "contracts": self.contracts_url, "indicators": self.indicators_url}
