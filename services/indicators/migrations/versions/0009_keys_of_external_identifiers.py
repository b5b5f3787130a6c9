"""Keys of external identifiers."""

from alembic import op

from miernik_shared.key_columns import key_external_identifiers

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make external identifiers unique in all their spellings. Codes need no keys: each is its own."""
    key_external_identifiers(op)
