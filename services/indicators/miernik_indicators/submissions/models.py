"""Tables of the submissions. All but the rollup belong to a unit and have row-level security."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_indicators.tables import metadata
from miernik_shared.stored_findings import finding_table
from miernik_shared.tables import TableKind, table_kind

submission_number = Sequence("submission_number", metadata=metadata, data_type=Integer)

unit_return = Table(
    "unit_return",
    metadata,
    Column("return_no", Integer, Identity(), primary_key=True),
    Column("form_no", Integer, nullable=False),
    Column("unit_no", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("current_version", Integer, nullable=False, server_default="0"),
    Column("current_submission_no", Integer),
    UniqueConstraint("form_no", "unit_no", "period", name="unit_return_is_unique"),
    info=table_kind(TableKind.WORKING),
)

submission = Table(
    "submission",
    metadata,
    Column("submission_no", Integer, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("return_no", Integer, nullable=False),
    Column("unit_no", Integer, nullable=False),
    Column("form_no", Integer, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("version", Integer),
    Column("outcome", Text, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("accepted_count", Integer, nullable=False),
    Column("missing_count", Integer, nullable=False),
    Column("finding_count", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("reason", Text),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("reading", JSONB),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="submission_id_is_unique"),
    UniqueConstraint("return_no", "version", name="submission_version_is_unique"),
    CheckConstraint(
        "outcome in ('accepted', 'accepted_with_warnings', 'partially_accepted', 'rejected')",
        name="submission_outcome",
    ),
    info=table_kind(TableKind.FACT),
)

submission_unit = Table(
    "submission_unit",
    metadata,
    Column("submission_no", Integer, primary_key=True, autoincrement=False),
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Index("submission_unit_unit", "unit_no", "effective_on"),
    info=table_kind(TableKind.FACT),
)
"""Units and periods that an accepted submission reports, the sender's included."""

finding = finding_table(metadata, "finding", "submission_no", Column("unit_no", Integer, nullable=False))

kept_file = Table(
    "kept_file",
    metadata,
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    Column("sha256", LargeBinary, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    info=table_kind(TableKind.FACT),
)

coverage = Table(
    "coverage",
    metadata,
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Column("return_no", Integer, nullable=False),
    Column("submission_no", Integer, nullable=False),
    Column("owed", Boolean, nullable=False, server_default="true"),
    Index("coverage_return", "return_no"),
    Index("coverage_not_owed", "form_no", "effective_on", postgresql_where=text("not owed")),
    info=table_kind(TableKind.WORKING),
)

observation = Table(
    "observation",
    metadata,
    Column("voivodeship", SmallInteger, primary_key=True, autoincrement=False),
    Column("unit_no", Integer, primary_key=True, autoincrement=False),
    Column("series_no", Integer, primary_key=True, autoincrement=False),
    Column("breakdown_no", SmallInteger, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Column("submission_no", Integer, primary_key=True, autoincrement=False),
    Column("row_no", Integer, nullable=False),
    Column("powiat", SmallInteger, nullable=False),
    Column("value", Numeric(20, 6)),
    Index("observation_submission", "submission_no", postgresql_using="brin", postgresql_with={"pages_per_range": 16}),
    info=table_kind(TableKind.FACT),
)

indicator_rollup = Table(
    "indicator_rollup",
    metadata,
    Column("voivodeship", SmallInteger, primary_key=True, autoincrement=False),
    Column("series_no", Integer, primary_key=True, autoincrement=False),
    Column("breakdown_no", SmallInteger, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Column("powiat", SmallInteger, primary_key=True, autoincrement=False),
    Column("sum", Numeric, nullable=False),
    Column("reported", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),
    Column("stated", BigInteger, nullable=False),
    info=table_kind(TableKind.ROLLUP),
)

return_rollup = Table(
    "return_rollup",
    metadata,
    Column("form_no", Integer, primary_key=True, autoincrement=False),
    Column("voivodeship", SmallInteger, primary_key=True, autoincrement=False),
    Column("effective_on", Date, primary_key=True),
    Column("newest_on", Date, primary_key=True),
    Column("powiat", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    info=table_kind(TableKind.ROLLUP),
)
"""Steps of the number of units whose newest return is of the period that ends on ``newest_on``."""
