"""Settings of the service ``indicators``."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class IndicatorsSettings(ServiceSettings):
    """Settings of the service: the limit of uploads, in rows, and the time budget of reports."""

    submission_limit_rows: int = Field(default=2_000_000, ge=1)
    past_read_seconds: float = Field(default=10.0, gt=0)
    """Time budget of a report for a past ``known_at``, which aggregates facts instead of reading the rollup."""
