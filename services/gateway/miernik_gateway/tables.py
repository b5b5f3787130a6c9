"""Tables of the schema ``gateway``. Features declare theirs in this metadata."""

from miernik_shared.web.service import ServiceTables

tables = ServiceTables()
metadata = tables.metadata
