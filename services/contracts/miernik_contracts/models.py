"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_contracts.allocations import models as _allocations
from miernik_contracts.programme import models as _programme
from miernik_contracts.rates import models as _rates
from miernik_contracts.reporting_units import models as _reporting_units
from miernik_contracts.tables import metadata

__all__ = ["_allocations", "_programme", "_rates", "_reporting_units", "metadata"]
