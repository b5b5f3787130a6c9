"""Wider types for sums of amounts."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Widen the sums of amounts.

    An amount may fill its sixteen digits before the point; a sum of the same type overflows at the second such amount,
    and a follower that cannot add the figures of calls stops.
    """
    op.execute("""
        alter table contracting_rollup alter column value_pln type numeric(24, 2);
        alter table balance
            alter column used_pln type numeric(24, 2),
            alter column limit_pln type numeric(24, 2);
    """)
