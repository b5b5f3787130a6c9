"""Tables of the schema ``contracts``. Features declare theirs in this metadata."""

from miernik_shared.stored_confirmations import confirmation_table
from miernik_shared.web.service import ServiceTables

tables = ServiceTables()
metadata = tables.metadata
confirmation = confirmation_table(metadata)
