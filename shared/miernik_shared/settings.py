"""Settings of every service, read from environment variables only (prefix ``MIERNIK_``)."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from miernik_shared.values.offices import Office


class ServiceSettings(BaseSettings):
    """Settings of one process. Secrets have no default."""

    model_config = SettingsConfigDict(env_prefix="MIERNIK_", extra="ignore")

    database_url: SecretStr
    """PostgreSQL URL of the role ``<service>_app``."""
    signing_key: SecretStr
    """Ed25519 private JWK (JSON) with which this service signs its calls."""
    trusted_keys: str
    """JWKS (JSON) with the public keys of all services; ``kid`` is the service's name."""
    pool_size: int = Field(default=10, ge=1)
    statement_timeout_ms: int = Field(default=60_000, ge=0)
    body_limit_bytes: int = Field(default=1_048_576, ge=1)
    """Largest request body of an endpoint that declares no limit of its own, as uploads do."""
    body_seconds: float = Field(default=600.0, gt=0)
    """Longest time for the body of a request to arrive."""
    body_pause_seconds: float = Field(default=20.0, gt=0)
    """Longest pause between two pieces of a body; a sender that stops has lost its connection, or means harm."""
    past_read_seconds: float = Field(default=10.0, gt=0)
    """Time budget of a report for a past ``known_at``, which folds versions instead of reading rollups."""
    operations_host: str = "127.0.0.1"
    """Address of the port for readiness and metrics; reachable from this machine alone by default."""
    operations_port: int | None = Field(default=None, ge=1, le=65_535)
    """Port of ``/ready`` and ``/metrics``, which the public port does not have; None opens none."""
    operations_socket: int | None = Field(default=None, ge=0)
    """File descriptor of a socket that already listens on that port, inherited from the launcher."""
    home_voivodeship: Office = "04"
    """TERYT code of the office's own voivodeship: the default territory of reports."""
