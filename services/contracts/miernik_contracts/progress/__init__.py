"""Financial progress (postęp finansowy): what was signed and what is recommended, added up by node and day."""
