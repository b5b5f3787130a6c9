"""``python -m miernik_calls migrate | check-migrations | verify-audit | rebuild-projection``."""

from miernik_calls.tables import tables
from miernik_shared.operations import service_commands

service_commands("calls", tables.change_log)()
