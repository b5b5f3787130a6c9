"""Settings of the service ``indicators``."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class IndicatorsSettings(ServiceSettings):
    """Limits of uploads, in rows, and of the work that one read may cost."""

    submission_limit_rows: int = Field(default=2_000_000, ge=1)
    past_read_seconds: float = Field(default=10.0, gt=0)
    """Time budget of a report for a past ``known_at``, which folds facts instead of reading rollups."""
