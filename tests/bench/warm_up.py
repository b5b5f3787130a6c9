"""Services that have been running for a while: imports done, statements compiled, connections open.

A round begins with services just started. Before the clock starts they take one small return, of fifty units for the
last half-year, which no measured return covers. Peers stay in one process through all rounds.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.api import Api
from tests.bench.country import FORM, PERIODS, Gmina
from tests.bench.installation import Installation
from tests.bench.returns import return_of

UNITS = 50


def warmed_api(installation: Installation, places: Sequence[Gmina]) -> Api:
    """A client of services that have taken a return."""
    api = Api(installation)
    small = return_of([place.terc for place in places[:UNITS]], PERIODS[-1:])
    api.submit(small.content, form=FORM, unit=f"OPS-{places[0].code}", period=small.period)
    return api
