"""Verification of the change log: dense positions, monotonic times, and the hash chain from the first row."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# At most one row: the position of the first broken link of the chain and its fault (gap, time_runs_backwards, hash).
_FAULTS = text("""
    with link as (
        select *, lag(hash, 1, sha256(convert_to('miernik/' || current_schema(), 'UTF8'))) over log as previous_hash,
            lag(position, 1, 0::bigint) over log as previous_position,
            lag(at) over log as previous_at
        from change window log as (order by position)
    )
    select position, case
            when position <> previous_position + 1 then 'gap'
            when at < previous_at then 'time_runs_backwards'
            else 'hash' end as fault
    from link
    where position <> previous_position + 1 or at < previous_at
        or hash is distinct from
            change_digest(previous_hash, position, at, actor, request_id, action, subject, event, before, after)
    order by position
    limit 1
""")
# One row: the head's position and hash, the position of the last change, and whether their hashes agree.
_HEAD = text("""
    select head.position, encode(head.hash, 'hex') as hash,
        coalesce((select max(position) from change), 0) as last_position,
        coalesce((select hash from change order by position desc limit 1),
            sha256(convert_to('miernik/' || current_schema(), 'UTF8'))) = head.hash as hash_agrees
    from head
""")


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Result of a verification; ``fault`` is the first fault and ``fault_position`` its position in the log."""

    position: int
    head_hash: str
    fault: str | None = None
    fault_position: int | None = None

    @property
    def whole(self) -> bool:
        """Whether no fault was found."""
        return self.fault is None


async def verify_chain(connection: AsyncConnection) -> AuditResult:
    """Recompute every link of the log in the connection's schema, in one pass over the table."""
    head = (await connection.execute(_HEAD)).one()
    broken = (await connection.execute(_FAULTS)).one_or_none()
    if broken is not None:
        return AuditResult(head.position, head.hash, broken.fault, broken.position)
    if head.last_position != head.position or not head.hash_agrees:
        return AuditResult(head.position, head.hash, "head_disagrees", head.position)
    return AuditResult(head.position, head.hash)
