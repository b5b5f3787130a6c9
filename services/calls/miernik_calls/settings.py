"""Settings of the service ``calls``."""

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class CallsSettings(ServiceSettings):
    """The work that one read may cost."""

    past_read_seconds: float = Field(default=10.0, gt=0)
    """Time budget of a report for a past ``known_at``, which folds versions instead of reading the rollup."""
