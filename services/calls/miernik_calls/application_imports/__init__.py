"""Lists of applications: upload, validation of all rows at once, findings, and the receipts of what was stored."""
