"""All tables of this service, for migrations and checks. Importing the features' models declares them."""

from miernik_indicators.definitions import models as _definitions
from miernik_indicators.forms import models as _forms
from miernik_indicators.owing import models as _owing
from miernik_indicators.register import models as _register
from miernik_indicators.submissions import models as _submissions
from miernik_indicators.tables import metadata
from miernik_indicators.units import models as _units

__all__ = ["_definitions", "_forms", "_owing", "_register", "_submissions", "_units", "metadata"]
