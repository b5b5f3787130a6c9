"""Tables of the applications. A version is one whole state; the stages' days and values are columns of it."""

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
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from miernik_calls.tables import metadata
from miernik_shared.tables import TableKind, table_kind

application = Table(
    "application",
    metadata,
    Column("application_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("number_key", Text, nullable=False),
    # 0 but for doubles, which were stored before spellings of one number were recognised.
    Column("double_no", Integer, nullable=False, server_default=text("0")),
    Column("current_version", Integer, nullable=False),
    Column("annulled", Boolean, nullable=False, server_default=text("false")),
    Column("freed_ids", JSONB, nullable=False, server_default=text("'[]'")),
    UniqueConstraint("id", name="application_id_is_unique"),
    Index(
        "application_number_is_unique",
        "office",
        "number_key",
        "double_no",
        unique=True,
        postgresql_where=text("not annulled"),
    ),
    CheckConstraint("office ~ '^[0-9]{2}$'", name="application_office"),
    info=table_kind(TableKind.WORKING),
)
"""Identity of an application and its current version. ``freed_ids`` are the numbers of other systems that an annulment
set free."""

application_version = Table(
    "application_version",
    metadata,
    Column("application_no", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("node_no", Integer),
    Column("call_no", Integer),
    Column("organisation_no", Integer),
    Column("title", Text),
    Column("submitted_on", Date),
    Column("submitted_value_pln", Numeric(18, 2)),
    Column("formally_positive_on", Date),
    Column("formally_positive_value_pln", Numeric(18, 2)),
    Column("accepted_on", Date),
    Column("accepted_value_pln", Numeric(18, 2)),
    Column("withdrawn_on", Date),
    Column("rejected_on", Date),
    Column("import_no", Integer),
    Column("position", BigInteger, nullable=False),
    Column("annulled", Boolean, nullable=False, server_default=text("false")),
    Column("restored_version", Integer),
    Column("reason", Text),
    # A day and its value come together: a stage without a value would have to count as 0.
    CheckConstraint("(submitted_on is null) = (submitted_value_pln is null)", name="application_version_submitted"),
    CheckConstraint(
        "(formally_positive_on is null) = (formally_positive_value_pln is null)",
        name="application_version_formally_positive",
    ),
    CheckConstraint("(accepted_on is null) = (accepted_value_pln is null)", name="application_version_accepted"),
    Index("application_version_node_no", "node_no"),
    Index("application_version_call_no", "call_no"),
    Index("application_version_import_no", "import_no"),
    Index("application_version_annulled", "application_no", postgresql_where=text("annulled")),
    # Values that rose from one stage to the next: few, and every report names them.
    Index(
        "application_version_rising",
        "application_no",
        postgresql_where=text(
            "formally_positive_value_pln > submitted_value_pln or accepted_value_pln > formally_positive_value_pln"
        ),
    ),
    info=table_kind(TableKind.VERSION),
)
"""An annulled version is an application's last one. ``restored_version`` marks a version that undoes an annulled list:
its state is that of the earlier version with this number. Both have the ``reason`` of the annulment."""

application_import = Table(
    "application_import",
    metadata,
    Column("import_no", Integer, Identity(), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("office", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("created_count", Integer, nullable=False),
    Column("changed_count", Integer, nullable=False),
    Column("unchanged_count", Integer, nullable=False),
    Column("refused_count", Integer, nullable=False),
    Column("finding_count", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("read_position", BigInteger, nullable=False),
    Column("reading", JSONB),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("id", name="application_import_id_is_unique"),
    CheckConstraint(
        "outcome in ('accepted', 'accepted_with_warnings', 'partially_accepted', 'rejected')",
        name="application_import_outcome",
    ),
    Index("application_import_office", "office", "import_no"),
    info=table_kind(TableKind.FACT),
)
"""Lists of applications, rejected ones included.

``read_position`` is a position of the log no later than the look-up of the references of the list.
"""

application_import_annulment = Table(
    "application_import_annulment",
    metadata,
    Column("import_no", Integer, primary_key=True, autoincrement=False),
    Column("reason", Text, nullable=False),
    Column("annulled_count", Integer, nullable=False),
    Column("restored_count", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("annulled_at", DateTime(timezone=True), nullable=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""Annulled lists: the numbers of applications that were annulled with the list, and that were restored."""

pipeline_rollup = Table(
    "pipeline_rollup",
    metadata,
    Column("office", Text, primary_key=True),
    # 0 is no node and no call: a key holds no null.
    Column("node_no", Integer, primary_key=True, autoincrement=False),
    Column("call_no", Integer, primary_key=True, autoincrement=False),
    Column("stage", Text, primary_key=True),
    Column("effective_on", Date, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("value_pln", Numeric(24, 2), nullable=False),
    CheckConstraint("stage in ('submitted', 'formally_positive', 'accepted')", name="pipeline_rollup_stage"),
    info=table_kind(TableKind.ROLLUP),
)
