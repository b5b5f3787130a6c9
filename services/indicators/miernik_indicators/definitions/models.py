"""Tables of the indicators. ``series_no`` is the surrogate key under which observations are stored and aggregated."""

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
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_indicators.tables import metadata
from miernik_shared.tables import TableKind, table_kind

indicator_series = Sequence("indicator_series", metadata=metadata, data_type=Integer)

indicator = Table(
    "indicator",
    metadata,
    Column("indicator_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("sort_key", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="indicator_id_is_unique"),
    UniqueConstraint("code", name="indicator_code_is_unique"),
    info=table_kind(TableKind.FACT),
)

breakdown = Table(
    "breakdown",
    metadata,
    Column("breakdown_no", SmallInteger, Identity(start=0, minvalue=0), primary_key=True),
    Column("code", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("code", name="breakdown_code_is_unique"),
    info=table_kind(TableKind.FACT),
)

indicator_version = Table(
    "indicator_version",
    metadata,
    Column("indicator_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("series_no", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("unit_of_measure", Text, nullable=False),
    Column("whole_numbers", Boolean, nullable=False, server_default="false"),
    Column("kind", Text, nullable=False),
    Column("aggregation", Text, nullable=False),
    Column("percentage_base", Text, nullable=False),
    Column("baseline", Numeric(20, 6)),
    Column("parts", JSONB, nullable=False),
    Column("change_note", Text),
    Column("valid_from", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("kind in ('output', 'result')", name="indicator_version_kind"),
    CheckConstraint("aggregation in ('sum', 'last', 'max')", name="indicator_version_aggregation"),
    CheckConstraint("percentage_base in ('original', 'revised')", name="indicator_version_percentage_base"),
    Index("indicator_version_series", "series_no"),
    info=table_kind(TableKind.VERSION),
)

target = Table(
    "target",
    metadata,
    Column("target_no", Integer, Identity(), primary_key=True),
    Column("indicator_no", Integer, nullable=False),
    Column("series_no", Integer, nullable=False),
    Column("breakdown_no", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("value", Numeric(20, 6), nullable=False),
    Column("earmarked_value", Numeric(20, 6)),
    Column("earmarked_label", Text),
    Column("effective_on", Date, nullable=False),
    Column("position", BigInteger, nullable=False),
    CheckConstraint("status in ('original', 'proposed', 'approved')", name="target_status"),
    Index("target_series", "series_no", "breakdown_no"),
    info=table_kind(TableKind.FACT),
)
