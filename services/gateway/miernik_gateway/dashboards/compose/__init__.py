"""Composing a dashboard from reports: values as text, tables, sections, the body and its JSON."""
