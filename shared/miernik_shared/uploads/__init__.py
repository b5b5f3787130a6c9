"""Uploaded tables: parsing to columns of text, numbers in a declared notation, findings by row and column.

The expected columns are an argument (:class:`~miernik_shared.uploads.columns.TableShape`).
"""
