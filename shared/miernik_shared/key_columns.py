"""Migration of a table to keys: fills them for the stored texts, and numbers the doubles.

A double is an entity whose identifier is another spelling of the identifier of an older one. An upgrade must not fail
for it, nor choose between the two: it stays readable, and ``miernik doubles`` lists it.
"""

from collections.abc import Callable

from alembic.operations import Operations
from sqlalchemy import text

from miernik_shared.values.identity import identity_key


def fill_key_column(op: Operations, table: str, column: str, key_column: str) -> None:
    """Add ``key_column`` with the key of each text in ``column``; null stays null."""
    op.execute(f"alter table {table} add column {key_column} text")
    op.execute(f"update {table} set {key_column} = {column}")
    refill_key_column(op, table, column, key_column, identity_key)


def refill_key_column(op: Operations, table: str, column: str, key_column: str, key_of: Callable[[str], str]) -> None:
    """Update ``key_column`` where the key of the text in ``column`` is another one."""
    connection = op.get_bind()
    known = connection.execute(text(f"select distinct {column}, {key_column} from {table} where {column} is not null"))
    others = [{"text": one, "key": key} for one, stored in known if (key := key_of(one)) != stored]
    if others:
        connection.execute(text(f"update {table} set {key_column} = :key where {column} = :text"), others)


def number_doubles(op: Operations, table: str, same: str, eldest_first: str, condition: str = "true") -> None:
    """Add ``double_no``: 0 for the eldest of the rows that are equal in the columns ``same``, then 1 and so on.

    Rows that do not meet the condition are no doubles and get 0.
    """
    connection = op.get_bind()
    connection.execute(text(f"alter table {table} add column double_no integer not null default 0"))
    connection.execute(
        text(f"""
        update {table} set double_no = place.no - 1 from (
            select ctid as row, row_number() over (partition by {same} order by {eldest_first}) as no
            from {table} where {condition}
        ) place where {table}.ctid = place.row and place.no > 1
    """)
    )


def key_external_identifiers(op: Operations) -> None:
    """Key the external identifiers. Their entities' ids grow with time, so the smaller one is the elder."""
    fill_key_column(op, "external_identifier", "system", "system_key")
    fill_key_column(op, "external_identifier", "value", "value_key")
    number_doubles(op, "external_identifier", "entity, system_key, value_key", "entity_id, system, value")
    op.execute("""
        alter table external_identifier
            drop constraint external_identifier_pkey,
            alter column system set not null,
            alter column value set not null,
            add primary key (entity, system_key, value_key, double_no)
    """)
