"""Types of rates and limits in requests, and the zero of amounts."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from miernik_shared.values.decimal_text import DecimalText, document_decimal, quantize_to

NO_MONEY = Decimal("0.00")
"""Zero with the two places of an amount."""
RateValue = Annotated[
    Decimal, DecimalText, Field(gt=0, max_digits=12, decimal_places=6), quantize_to(6), document_decimal("4.1445")
]
"""PLN for one EUR."""
Percent = Annotated[
    Decimal, DecimalText, Field(ge=100, max_digits=7, decimal_places=2), quantize_to(2), document_decimal("105.00")
]
"""A limit in percent; below 100 it would not be over-contracting."""
