"""Metadata of the schema ``gateway``, in which the features declare their tables."""

from miernik_shared.web.service import ServiceTables

tables = ServiceTables()
metadata = tables.metadata
