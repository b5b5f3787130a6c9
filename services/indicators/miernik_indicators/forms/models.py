"""Tables of the reporting forms."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_indicators.tables import metadata
from miernik_shared.tables import TableKind, table_kind

form = Table(
    "form",
    metadata,
    Column("form_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="form_id_is_unique"),
    UniqueConstraint("code", name="form_code_is_unique"),
    info=table_kind(TableKind.FACT),
)

form_version = Table(
    "form_version",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("unit_kind", Text, nullable=False),
    Column("period_kind", Text, nullable=False),
    Column("number_format", JSONB, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("owed_by", Text, nullable=False, server_default="all_units"),
    Column("complete", Boolean, nullable=False, server_default="false"),
    Column("source_note", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("period_kind in ('half_year', 'quarter', 'month', 'year')", name="form_version_period_kind"),
    CheckConstraint("owed_by in ('all_units', 'list')", name="form_version_owed_by"),
    info=table_kind(TableKind.VERSION),
)

form_indicator = Table(
    "form_indicator",
    metadata,
    Column("indicator_no", Integer, primary_key=True, autoincrement=False),
    Column("form_no", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Index("form_indicator_form", "form_no"),
    info=table_kind(TableKind.FACT),
)

form_period = Table(
    "form_period",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("period", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("opens_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("closes_on", Date),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.VERSION),
)
