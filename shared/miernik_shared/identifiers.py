"""Identifiers made by the server: UUIDv7, so that new rows lie beside each other in an index."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier."""
    return uuid7()
