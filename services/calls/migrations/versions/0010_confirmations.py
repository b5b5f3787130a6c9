"""Unlikely values that a client confirmed."""

from alembic import op

from miernik_shared.stored_confirmations import CREATE_TABLE

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table; findings get a third severity, and tokens."""
    op.execute(CREATE_TABLE)
    op.execute("""
        alter table import_finding
            add column token text,
            drop constraint import_finding_severity,
            add constraint import_finding_severity check (severity in ('error', 'warning', 'confirm'));
    """)
