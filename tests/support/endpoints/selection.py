"""Selection of the endpoints that a check is run for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.endpoints.matrix import Endpoint

Check = Callable[..., Any]


def each(chosen: Callable[[Endpoint], object] = lambda endpoint: True) -> Callable[[Check], Check]:
    """Parametrize a check with every endpoint for which `chosen` is truthy."""

    def mark(check: Check) -> Check:
        check.chosen = chosen  # type: ignore[attr-defined]
        return check

    return mark
