"""Tables of the exchange rates."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Identity, Index, Integer, Numeric, Table, Text

from miernik_contracts.tables import metadata
from miernik_shared.tables import TableKind, table_kind

rate_import = Table(
    "rate_import",
    metadata,
    Column("import_no", Integer, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("rates", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    info=table_kind(TableKind.FACT),
)
"""Rates recorded in one transaction; ``import_no`` grows with the position."""

exchange_rate = Table(
    "exchange_rate",
    metadata,
    Column("rate_no", BigInteger, Identity(), primary_key=True),
    Column("import_no", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("office", Text),
    Column("table_no", Text),
    Column("currency", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("rate", Numeric(12, 6), nullable=False),
    CheckConstraint("source in ('nbp_a', 'ec_monthly', 'programming', 'office')", name="exchange_rate_source"),
    CheckConstraint("(source = 'office') = (office is not null)", name="exchange_rate_office"),
    CheckConstraint("rate > 0", name="exchange_rate_is_positive"),
    Index("exchange_rate_day", "source", "currency", "effective_on", "import_no"),
    info=table_kind(TableKind.FACT),
)
"""``rate`` is the price of one unit of the currency in PLN. Of two rows for one day the later one is the correction."""
