"""Settings of the service ``indicators``."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class IndicatorsSettings(ServiceSettings):
    """Settings of the service: the limit of uploads in rows."""

    submission_limit_rows: int = Field(default=2_000_000, ge=1)
