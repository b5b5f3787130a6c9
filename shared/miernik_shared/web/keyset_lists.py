"""Keyset pagination: one page of a list in a fixed order, its cursor and its ``Link`` header."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.paging import Cursor, Limit, add_next_link, read_cursor


@dataclass(frozen=True, slots=True)
class Keyset:
    """Order of a list, by columns that together are unique.

    ``name`` marks its cursors, so that other lists reject them; ``kinds`` are the columns' types. The list's rows must
    have the columns under their own names.
    """

    name: str
    columns: tuple[ColumnElement[Any], ...]
    kinds: tuple[type, ...]
    descending: bool = False

    def select_after(self, query: AnySelect, after: Sequence[Any] | None) -> AnySelect:
        """Order the query, and restrict it to the rows after the row with these key values."""
        if after is not None:
            key, last = tuple_(*self.columns), tuple_(*(literal(value) for value in after))
            query = query.where(key < last if self.descending else key > last)
        return query.order_by(*(column.desc() if self.descending else column for column in self.columns))

    def key_of(self, row: AnyRow) -> tuple[Any, ...]:
        """Key values of a row."""
        return tuple(getattr(row, str(column.key)) for column in self.columns)


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """Rows of a page, and the cursor of the next page."""

    rows: Sequence[AnyRow]
    next: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Requested page of a list, and the response to which its ``Link`` header is added."""

    request: Request
    response: Response
    cursor: str | None
    limit: int

    def read_cursor(self, order: Keyset) -> list[Any] | None:
        """Key values of the row after which the page starts. Raises 400 for a cursor of another list."""
        return read_cursor(order.name, self.cursor, *order.kinds)

    def cut_page(self, order: Keyset, rows: Sequence[AnyRow]) -> PageOfRows:
        """Page from ``limit + 1`` fetched rows; the surplus row indicates that another page follows."""
        shown = rows[: self.limit]
        if len(rows) == len(shown):
            return PageOfRows(shown, None)
        return PageOfRows(shown, add_next_link(order.name, order.key_of(shown[-1]), self.request, self.response))


async def _read_page_request(
    request: Request, response: Response, cursor: Cursor = None, limit: Limit = 100
) -> PageRequest:
    return PageRequest(request, response, cursor, limit)


Paging = Annotated[PageRequest, Depends(_read_page_request)]
"""Query parameters ``cursor`` and ``limit``, as an argument of an endpoint."""


async def read_page(connection: AsyncConnection, query: AnySelect, order: Keyset, paging: PageRequest) -> PageOfRows:
    """Fetch one page of the query's rows. Raises 400 for a cursor of another list."""
    ordered = order.select_after(query, paging.read_cursor(order))
    rows = (await connection.execute(ordered.limit(paging.limit + 1))).all()
    return paging.cut_page(order, rows)
