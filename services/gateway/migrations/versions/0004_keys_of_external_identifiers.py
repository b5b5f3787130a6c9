"""Keys of external identifiers."""

from alembic import op

from miernik_shared.key_columns import key_external_identifiers

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make external identifiers unique in all their spellings. Codes need no keys: each is its own."""
    key_external_identifiers(op)
