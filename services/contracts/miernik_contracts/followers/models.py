"""Tables of the replicas."""

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
    Uuid,
    text,
)

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind
from miernik_shared.territories.replica import territory_projection
from miernik_shared.territories.table import territory_table

learnt_page = Table(
    "learnt_page",
    metadata,
    Column("page_no", Integer, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("up_to", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""One applied page of a feed, up to position ``up_to`` of the source's log; ``position`` is one of our own log."""

programme_node_state = Table(
    "programme_node_state",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("learnt_at", BigInteger, primary_key=True, autoincrement=False),
    Column("page_no", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("name", Text, nullable=False),
    Column("selection_mode", Text),
    Column("version", Integer, nullable=False),
    Column("valid_from", Date, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""One state of a node, from one event; ``learnt_at`` is that event's position in calls' log."""

application_state = Table(
    "application_state",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("learnt_at", BigInteger, primary_key=True, autoincrement=False),
    Column("page_no", Integer, primary_key=True, autoincrement=False),
    Column("office", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("node_id", Uuid),
    Column("accepted_on", Date),
    Column("accepted_value_pln", Numeric(18, 2)),
    Column("withdrawn_on", Date),
    Column("rejected_on", Date),
    Column("version", Integer, nullable=False),
    Column("annulled", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("(accepted_on is null) = (accepted_value_pln is null)", name="application_state_accepted"),
    Index("application_state_office", "office", "id"),
    Index("application_state_annulled", "id", postgresql_where=text("annulled")),
    info=table_kind(TableKind.FACT),
)
"""One state of an application, from one event; ``learnt_at`` is that event's position in calls' log. An annulled
state is the last one."""

reporting_unit = Table(
    "reporting_unit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("territory", Text, nullable=False),
    Column("active_from", Date, nullable=False),
    Column("active_to", Date),
    Column("version", Integer, nullable=False),
    Column("learnt_at", BigInteger, nullable=False),
    Index("reporting_unit_territory", "territory"),
    info=table_kind(TableKind.WORKING),
)
"""Latest state of each reporting unit; ``learnt_at`` is the position in indicators' log of the event it comes from."""

territory = territory_table(metadata)
"""Latest state of the territorial register of indicators, with the validity of each entry."""
TERRITORIES = territory_projection(territory)
