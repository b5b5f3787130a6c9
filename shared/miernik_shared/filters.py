"""Equality filters of lists."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement


def build_equality_filters(values: Mapping[ColumnElement[Any], object]) -> list[ColumnElement[bool]]:
    """Equality conditions for the columns with a value; ``None`` means no filter, not SQL's null."""
    return [column == value for column, value in values.items() if value is not None]
