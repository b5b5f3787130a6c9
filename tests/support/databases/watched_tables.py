"""Tables of a service as a superuser sees them, independent of the service."""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from miernik_local.provision import DatabaseUrls


class WatchedTables:
    """The tables of one schema. `urls` names the database."""

    def __init__(self, urls: DatabaseUrls, schema: str) -> None:
        self.urls = urls
        self._schema = schema
        self._superuser = psycopg.connect(urls.superuser, autocommit=True, options=f"-c search_path={schema}")

    def query(self, statement: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        """Execute a statement as superuser and return its rows."""
        cursor = self._superuser.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def table_names(self) -> list[str]:
        rows = self.query("select tablename from pg_tables where schemaname = %s order by 1", self._schema)
        return [name for (name,) in rows]

    def _watched_names(self) -> list[str]:
        return [name for name in self.table_names() if name != "follower_cursor"]

    def row_counts(self) -> dict[str, int]:
        """Number of rows of every table, by one statement: tests ask before and after almost everything.

        Without the positions of the feeds that a service follows: it stores them in the background, at any time.
        """
        count = sql.SQL("select {}, count(*) from {}")
        counts = [count.format(sql.Literal(name), sql.Identifier(name)) for name in self._watched_names()]
        return dict(self._superuser.execute(sql.SQL(" union all ").join(counts)).fetchall())

    def everything_stored(self) -> str:
        """All rows of all tables as text."""
        select = sql.SQL("select to_jsonb(t)::text from {} t")
        rows = [
            cell
            for name in self.table_names()
            for (cell,) in self._superuser.execute(select.format(sql.Identifier(name)))
        ]
        return "\n".join(rows)

    def close(self) -> None:
        self._superuser.close()
