"""``python -m miernik_indicators migrate | check-migrations | verify-audit | list-doubles | rebuild-projection``."""

from miernik_indicators.tables import tables
from miernik_shared.operations import service_commands

service_commands("indicators", tables.change_log)()
