"""Which rate holds on a day that has none of its own: a rule for each source, never a guess."""

from datetime import date, timedelta
from typing import Literal, get_args

RateSource = Literal["nbp_a", "ec_monthly", "programming", "office"]
"""NBP's table A of a day; the Commission's accounting rate of a month; a rate fixed for planning; a rate that an office
declared for itself."""
SOURCES: tuple[RateSource, ...] = get_args(RateSource)
TABLE_GAP_DAYS = 10
"""The NBP is never silent for longer, not even over Christmas: then tables are missing here."""


def oldest_day(source: RateSource, day: date) -> date:
    """The earliest day whose rate may still hold on ``day``."""
    if source == "nbp_a":
        return day - timedelta(days=min(TABLE_GAP_DAYS, day.toordinal() - 1))
    if source == "ec_monthly":
        return day.replace(day=1)
    return date.min
