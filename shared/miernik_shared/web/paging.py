"""Pages of lists: keyset cursors, which stay valid while rows are added, and ``Link`` headers."""

import base64
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel

from miernik_shared.problems import FieldError, Problem

Item = TypeVar("Item")
LARGEST_PAGE = 500

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows of one page")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]


class Page(BaseModel, Generic[Item]):
    """One page; ``next`` is the cursor of the following one, or null."""

    items: list[Item]
    next: str | None = None


def read_cursor(name: str, cursor: str | None, *kinds: type) -> list[Any] | None:
    """Key values of the row after which the page starts; ``kinds`` are their types.

    Raises 400 for a malformed cursor and for one of another list.
    """
    if cursor is None:
        return None
    try:
        owner, *values = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        if owner != name:
            raise _foreign_cursor()
        return [_parse_key_value(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError) as error:
        raise _foreign_cursor() from error


def _parse_key_value(value: Any, kind: type) -> Any:
    if kind is date:
        return date.fromisoformat(value)
    if type(value) is not kind:
        raise TypeError(kind)
    return value


def _foreign_cursor() -> Problem:
    return Problem(400, "cursor_foreign", errors=[FieldError("/query/cursor", "cursor_foreign")])


def add_next_link(name: str, key: Sequence[Any], request: Request, response: Response) -> str:
    """Add the ``Link`` to the page after the row with these key values, and return its cursor."""
    cursor = base64.urlsafe_b64encode(orjson.dumps([name, *key], default=str)).decode()
    following = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return cursor
