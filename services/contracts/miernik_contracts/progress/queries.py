"""SQL of the rollup, updated by differences, in key order, in the transaction that writes the facts."""

from collections.abc import Mapping

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.progress.rollup import RollupKey, Steps

APPLY = """
    insert into contracting_rollup (office, node_id, kind, effective_on, number, value_pln)
    select office, node_id, kind, effective_on, sum(number), sum(value_pln)
    from difference
    group by office, node_id, kind, effective_on
    having sum(number) <> 0 or sum(value_pln) <> 0
    order by office, node_id, kind, effective_on
    on conflict (office, node_id, kind, effective_on) do update set
        number = contracting_rollup.number + excluded.number,
        value_pln = contracting_rollup.value_pln + excluded.value_pln
"""
"""Ending of a statement: adds the steps in its table expression ``difference`` to the rollup."""
# Adds steps given as JSON.
_ADD = text(f"""
    with difference as (
        select * from jsonb_to_recordset(cast(:rows as jsonb)) as step (
            office text, node_id uuid, kind text, effective_on date, number bigint, value_pln numeric)
    )
    {APPLY}
""")


async def add_steps(connection: AsyncConnection, differences: Mapping[RollupKey, Steps]) -> None:
    """Add differences to the rollup in one statement."""
    rows = [
        {
            "office": key.office,
            "node_id": str(key.node_id),
            "kind": key.kind,
            "effective_on": day.isoformat(),
            "number": step.number,
            "value_pln": str(step.value_pln),
        }
        for key, steps in differences.items()
        for day, step in steps.items()
    ]
    if rows:
        await connection.execute(_ADD, {"rows": orjson.dumps(rows).decode()})
