"""Declarations of dashboards: sections, filters and their texts, the canonical query and the topics it depends on."""
