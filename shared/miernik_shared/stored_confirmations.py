"""Confirmed values as they are stored: who confirmed what, with the change that stored them."""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Column, ColumnElement, Index, MetaData, Table, Text, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.confirmations import ConfirmedFinding
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.tables import TableKind, table_kind

CREATE_TABLE = """
    create table confirmation (
        position bigint primary key,
        client text not null,
        action text not null,
        subject text not null,
        confirmed jsonb not null
    );
    create index confirmation_subject on confirmation (subject, position);
"""
"""Statement of the migrations that create the table."""


def confirmation_table(metadata: MetaData) -> Table:
    """Declare the table in the metadata of a service."""
    return Table(
        "confirmation",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("client", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("confirmed", JSONB, nullable=False),
        Index("confirmation_subject", "subject", "position"),
        info=table_kind(TableKind.FACT),
    )


confirmation = confirmation_table(MetaData())
"""The table for statements: each service's role finds its own."""
# Tokens among those given that were confirmed by a stored change.
_RECORDED = text("""
    select token from unnest(cast(:tokens as text[])) token
    where exists (
        select from confirmation where confirmed @> jsonb_build_array(jsonb_build_object('token', token)))
""")


def confirmation_row(client: str, change: Change, confirmed: Sequence[ConfirmedFinding]) -> PositionedRow:
    """Row of what a client confirmed with a change."""
    values = {
        "client": client,
        "action": change.action,
        "subject": change.subject,
        "confirmed": [one.model_dump() for one in confirmed],
    }
    return PositionedRow(confirmation, values)


async def list_recorded_tokens(connection: AsyncConnection, tokens: Collection[str]) -> set[str]:
    """Tokens that confirmed a stored change already."""
    return set((await connection.execute(_RECORDED, {"tokens": list(tokens)})).scalars())


def select_confirmations(filters: Sequence[ColumnElement[bool]]) -> AnySelect:
    """Select the confirmations that pass the filters."""
    return select(confirmation).where(*filters)


async def read_confirmed(
    connection: AsyncConnection, positions: Collection[int], client: str | None
) -> dict[int, list[ConfirmedFinding]]:
    """Confirmed findings by the position of their change; those of one client, if one is given."""
    query = select(confirmation).where(confirmation.c.position.in_(positions))
    if client is not None:
        query = query.where(confirmation.c.client == client)
    rows: Sequence[AnyRow] = (await connection.execute(query)).all()
    return {row.position: [ConfirmedFinding.model_validate(one) for one in row.confirmed] for row in rows}
