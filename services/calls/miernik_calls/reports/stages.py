"""Number and value of applications by stage: from the rollup for what is known now, from versions for the past."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.applications.version_columns import Stage
from miernik_shared.database import AnyRow

# Number and value of applications by node, call and stage up to a day, as known now.
_FROM_ROLLUP = text("""
    select office, node_no, call_no, stage, sum(number) as number, sum(value_pln) as value_pln
    from pipeline_rollup
    where effective_on <= :as_of and (cast(:offices as text[]) is null or office = any (:offices))
    group by office, node_no, call_no, stage
    having sum(number) <> 0
""")
# Applications of some offices as known at a position: the newest version of each that was recorded by then. Those
# annulled by then are left out.
KNOWN_APPLICATIONS = """
    select * from (
        select distinct on (application_no) *
        from application_version
        where position <= :position and (cast(:offices as text[]) is null or office = any (:offices))
        order by application_no, version desc
    ) newest where not annulled
"""
# The same as known at a position.
_FOLD = text(f"""
    with known as ({KNOWN_APPLICATIONS})
    select office, coalesce(node_no, 0) as node_no, coalesce(call_no, 0) as call_no, stage, count(*) as number,
        sum(value_pln) as value_pln
    from known
    cross join lateral (values
        ('submitted', submitted_on, submitted_value_pln),
        ('formally_positive', formally_positive_on, formally_positive_value_pln),
        ('accepted', accepted_on, accepted_value_pln)
    ) reached (stage, effective_on, value_pln)
    where effective_on <= :as_of
    group by office, known.node_no, known.call_no, stage
""")


@dataclass(frozen=True, slots=True)
class StageSum:
    """Applications of one node and call (0 for none) that reached a stage by a day. Empty sums are omitted."""

    office: str
    node_no: int
    call_no: int
    stage: Stage
    number: int
    value_pln: Decimal


async def read_stage_sums(
    connection: AsyncConnection, as_of: date, known_position: int | None, offices: Sequence[str] | None
) -> list[StageSum]:
    """All sums up to a day. ``known_position`` is that of a past ``known_at``; ``offices`` ``None`` means all."""
    parameters = {"as_of": as_of, "offices": list(offices) if offices is not None else None}
    if known_position is None:
        return _to_sums(await connection.execute(_FROM_ROLLUP, parameters))
    return _to_sums(await connection.execute(_FOLD, parameters | {"position": known_position}))


def _to_sums(rows: Iterable[AnyRow]) -> list[StageSum]:
    return [StageSum(row.office, row.node_no, row.call_no, row.stage, int(row.number), row.value_pln) for row in rows]
