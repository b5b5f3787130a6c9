"""Tables of the agreements."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

agreement = Table(
    "agreement",
    metadata,
    Column("agreement_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("number_key", Text, nullable=False),
    # 0 but for doubles, which were stored before spellings of one number were recognised.
    Column("double_no", Integer, nullable=False, server_default=text("0")),
    Column("kind", Text, nullable=False),
    Column("application_id", Uuid),
    Column("node_id", Uuid, nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("terminated_on", Date),
    Column("current_version", Integer, nullable=False),
    Column("annulled", Boolean, nullable=False, server_default=text("false")),
    Column("freed_ids", JSONB, nullable=False, server_default=text("'[]'")),
    UniqueConstraint("id", name="agreement_id_is_unique"),
    Index(
        "agreement_number_is_unique",
        "office",
        "number_key",
        "double_no",
        unique=True,
        postgresql_where=text("not annulled"),
    ),
    CheckConstraint("kind in ('grant', 'framework')", name="agreement_kind"),
    Index("agreement_application", "application_id"),
    Index("agreement_node", "node_id"),
    info=table_kind(TableKind.WORKING),
)
"""Current state of an agreement, locked by its writers; its history is in the versions. ``freed_ids`` are the numbers
of other systems that an annulment set free."""

agreement_version = Table(
    "agreement_version",
    metadata,
    Column("agreement_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("application_id", Uuid),
    Column("node_id", Uuid, nullable=False),
    Column("beneficiary", Text),
    Column("signed_on", Date, nullable=False),
    Column("action", Text, nullable=False),
    Column("amendment_number", Text),
    Column("effective_on", Date, nullable=False),
    Column("value_pln", Numeric(18, 2), nullable=False),
    Column("note", Text),
    Column("position", BigInteger, nullable=False),
    CheckConstraint(
        "action in ('signed', 'corrected', 'amended', 'terminated', 'annulled')", name="agreement_version_action"
    ),
    CheckConstraint("effective_on >= signed_on", name="agreement_version_effective_on"),
    CheckConstraint("value_pln > 0", name="agreement_version_value"),
    Index("agreement_version_annulled", "agreement_no", postgresql_where=text("action = 'annulled'")),
    info=table_kind(TableKind.VERSION),
)
