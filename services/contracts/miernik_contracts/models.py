"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_contracts.agreements import models as _agreements
from miernik_contracts.allocations import models as _allocations
from miernik_contracts.caps import models as _caps
from miernik_contracts.followers import models as _followers
from miernik_contracts.overcontracting import models as _overcontracting
from miernik_contracts.progress import models as _progress
from miernik_contracts.rates import models as _rates
from miernik_contracts.tables import metadata

__all__ = [
    "_agreements",
    "_allocations",
    "_caps",
    "_followers",
    "_overcontracting",
    "_progress",
    "_rates",
    "metadata",
]
