"""Links from a figure to what it is made of."""

from datetime import UTC
from urllib.parse import urlencode

from miernik_shared.web.unit_of_work import UnitOfWork


def build_proof_url(work: UnitOfWork, path: str, **filters: object) -> str:
    """The address of what a figure is made of, as this read knows it: whatever is written later, it proves the same.

    Filters that are ``None`` are left out; so is the moment where nothing was ever written.
    """
    asked = {name: str(value) for name, value in filters.items() if value is not None}
    if work.known_at is not None:
        asked["known_at"] = work.known_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{path}?{urlencode(asked, safe=':')}"
