"""``python -m miernik_calls migrate | check-migrations | verify-audit | list-doubles | rebuild-projection``."""

from miernik_calls.applications.queries import NUMBERS as APPLICATIONS
from miernik_calls.calls.queries import NUMBERS as CALLS
from miernik_calls.followers.models import TERRITORIES
from miernik_calls.tables import tables
from miernik_shared.operations import service_commands

service_commands("calls", tables.change_log, (TERRITORIES,), (APPLICATIONS, CALLS))()
