"""Findings stored with their upload, as codes and parameters; sentences are rendered when they are read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import AnyRow
from miernik_shared.tables import TableKind, table_kind
from miernik_shared.uploads.findings import TableFinding


def finding_table(metadata: MetaData, name: str, upload_no: str, *more: Column[Any]) -> Table:
    """Declare the table in the metadata of a service; ``upload_no`` is the column with the key of the upload."""
    return Table(
        name,
        metadata,
        Column(upload_no, Integer, primary_key=True, autoincrement=False),
        Column("finding_no", Integer, primary_key=True, autoincrement=False),
        *more,
        Column("row_no", Integer),
        Column("column_name", Text),
        Column("severity", Text, nullable=False),
        Column("code", Text, nullable=False),
        Column("params", JSONB, nullable=False),
        Column("token", Text),
        CheckConstraint("severity in ('error', 'warning', 'confirm')", name=f"{name}_severity"),
        info=table_kind(TableKind.FACT),
    )


class StoredFindings:
    """Repository of the findings of one kind of upload, numbered in order of row and column."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._upload = next(iter(table.primary_key.columns))

    async def add(
        self, connection: AsyncConnection, upload_no: int, findings: Sequence[TableFinding], **more: Any
    ) -> None:
        """Append the findings of an upload; ``more`` are values of the table's further columns."""
        if findings:
            same = {self._upload.name: upload_no, **more}
            rows = [
                {**same, "finding_no": number, "row_no": one.row_no, "column_name": one.column_name,
                 "severity": one.severity, "code": one.code, "params": one.params, "token": one.token}
                for number, one in enumerate(findings, 1)
            ]  # fmt: skip
            await connection.execute(insert(self._table), rows)

    async def read_after(self, connection: AsyncConnection, upload_no: int, after: int, limit: int) -> list[AnyRow]:
        """Findings of an upload with numbers greater than ``after``, at most ``limit``, as rows of the table."""
        number = self._table.c.finding_no
        query = select(self._table).where(self._upload == upload_no, number > after).order_by(number).limit(limit)
        return list((await connection.execute(query)).all())
