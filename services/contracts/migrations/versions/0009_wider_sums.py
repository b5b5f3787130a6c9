"""Sums of amounts hold what amounts can add up to."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """An amount may fill its sixteen digits before the point; a sum of as wide a type overflows at the second one, and
    a follower that cannot add what calls told it stops."""
    op.execute("""
        alter table contracting_rollup alter column value_pln type numeric(24, 2);
        alter table balance
            alter column used_pln type numeric(24, 2),
            alter column limit_pln type numeric(24, 2);
    """)
