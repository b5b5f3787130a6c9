"""Reading uploaded tables: from bytes to columns of text, numbers in a declared notation, findings by row and column.

Knows no columns of its own: a reader says which it expects (:class:`~miernik_shared.uploads.columns.TableShape`).
"""
