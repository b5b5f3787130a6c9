"""Table of the territorial register with the validity of each entry, the same in every service's schema."""

from sqlalchemy import Column, Date, MetaData, Table, Text

from miernik_shared.tables import TableKind, table_kind

CREATE_TABLE = """
    create table territory (
        code text,
        kind text,
        valid_from date,
        valid_to date,
        level text not null,
        name text not null,
        kind_name text not null,
        sort_key text not null,
        primary key (code, kind, valid_from)
    );
"""
"""Statement of the migrations that create the replica."""


def territory_table(metadata: MetaData, kind: TableKind = TableKind.WORKING) -> Table:
    """Declare the table in the metadata of a service; a replica is a working table.

    ``valid_to`` is the first day on which an entry is no longer in force.
    """
    return Table(
        "territory",
        metadata,
        Column("code", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("valid_from", Date, primary_key=True),
        Column("valid_to", Date),
        Column("level", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("kind_name", Text, nullable=False),
        Column("sort_key", Text, nullable=False),
        info=table_kind(kind),
    )
