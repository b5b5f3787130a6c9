"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_calls.tables import metadata

__all__ = ["metadata"]
