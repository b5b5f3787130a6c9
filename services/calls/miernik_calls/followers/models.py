"""Table of the replica."""

from miernik_calls.tables import metadata
from miernik_shared.territories.replica import territory_projection
from miernik_shared.territories.table import territory_table

territory = territory_table(metadata)
"""Latest state of the territorial register, with the validity of each entry."""
TERRITORIES = territory_projection(territory)
