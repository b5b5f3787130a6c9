"""Exchange rates (kursy walut) with source, table and day."""
