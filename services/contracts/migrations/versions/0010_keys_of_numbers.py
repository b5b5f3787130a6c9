"""Keys of the numbers of agreements and decisions, and of external identifiers."""

from alembic import op

from miernik_shared.key_columns import fill_key_column, key_external_identifiers, number_doubles

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make numbers unique in all their spellings. Of doubles that are stored already the eldest holds the number."""
    key_external_identifiers(op)
    fill_key_column(op, "agreement", "number", "number_key")
    number_doubles(op, "agreement", "office, number_key", "agreement_no", "not annulled")
    fill_key_column(op, "overcontracting_decision", "number", "number_key")
    number_doubles(op, "overcontracting_decision", "node_id, number_key", "position")
    op.execute("""
        alter table agreement alter column number_key set not null;
        drop index agreement_number_is_unique;
        create unique index agreement_number_is_unique on agreement (office, number_key, double_no)
            where not annulled;
        alter table overcontracting_decision
            alter column number_key set not null,
            add constraint overcontracting_decision_number_is_unique unique (node_id, number_key, double_no);
    """)
