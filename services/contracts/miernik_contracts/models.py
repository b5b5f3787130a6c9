"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_contracts.rates import models as _rates
from miernik_contracts.reporting_units import models as _reporting_units
from miernik_contracts.tables import metadata

__all__ = ["_rates", "_reporting_units", "metadata"]
