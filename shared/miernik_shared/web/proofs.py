"""Links from a figure to the rows that it is computed from."""

from datetime import UTC
from urllib.parse import urlencode

from miernik_shared.web.unit_of_work import UnitOfWork


def build_proof_url(work: UnitOfWork, path: str, **filters: object) -> str:
    """URL of the rows that a figure is computed from, as known to this read, so that later writes do not change it.

    Filters that are ``None`` are omitted, and so is ``known_at`` if nothing was ever written.
    """
    parameters = {name: str(value) for name, value in filters.items() if value is not None}
    if work.known_at is not None:
        parameters["known_at"] = work.known_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{path}?{urlencode(parameters, safe=':')}"
