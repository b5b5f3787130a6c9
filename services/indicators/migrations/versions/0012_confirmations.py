"""Unlikely values that a client confirmed."""

from alembic import op

from miernik_shared.stored_confirmations import CREATE_TABLE

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table; findings get a third severity and tokens, forms say whether returns must be complete."""
    op.execute(CREATE_TABLE)
    op.execute("""
        alter table finding
            add column token text,
            drop constraint finding_severity,
            add constraint finding_severity check (severity in ('error', 'warning', 'confirm'));
        alter table form_version add column complete boolean not null default false;
    """)
