"""Settings of the service ``contracts``."""

from decimal import Decimal

from pydantic import Field

from miernik_shared.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """Where the services are whose feeds are followed, and how long a write waits for their news."""

    calls_url: str
    indicators_url: str
    wait_for_calls_seconds: float = Field(default=1.0, ge=0)
    """How long a write waits for a node or an application that calls may just have told of."""
    rate_factor_in_a_month: Decimal = Field(default=Decimal("1.5"), gt=1)
    """Factor beyond which a rate needs a confirmation if rates of its currency from within 31 days are known.

    Within 31 days the euro moved by at most 1.19 and the dollar by at most 1.36 (September to October 2008), so an
    office that records real rates of these never meets it; the rouble of March 2022 (1.64) would need a confirmation.
    """
    rate_factor_in_a_year: Decimal = Field(default=Decimal(2), gt=1)
    """The same if the nearest known rates are up to a year away.

    Within a year the euro moved by at most 1.53 (July 2008 to February 2009) and the dollar by at most 1.93; a planning
    rate of a programme differs from the market by less. A misplaced decimal point is a factor of ten or more.
    """
