"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_contracts.reporting_units import models as _reporting_units
from miernik_contracts.tables import metadata

__all__ = ["_reporting_units", "metadata"]
