"""``python -m miernik_contracts migrate | check-migrations | verify-audit | list-doubles | rebuild-projection``."""

from miernik_contracts.agreements.queries import NUMBERS as AGREEMENTS
from miernik_contracts.followers.calls_projection import PROJECTION as PROGRAMME
from miernik_contracts.followers.models import TERRITORIES
from miernik_contracts.followers.units_projection import PROJECTION
from miernik_contracts.overcontracting.queries import NUMBERS as DECISIONS
from miernik_contracts.tables import tables
from miernik_shared.operations import service_commands

service_commands("contracts", tables.change_log, (PROJECTION, PROGRAMME, TERRITORIES), (AGREEMENTS, DECISIONS))()
