"""The service `indicators` with a clock around the steps of a return, for one extra round that is not counted.

The product knows nothing of it: the functions are wrapped where they are looked up. Steps run side by side in places
(packing and summing beside the insert), so they add up to more than the whole.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from fastapi import FastAPI

from miernik_indicators import app
from miernik_indicators.submissions import routes, submit, validation
from miernik_indicators.submissions.queries import coverage, returns, rollup, staging

STEPS: tuple[tuple[Any, str, str], ...] = (
    (routes, "submit", "indicators: whole return"),
    (validation, "read_table", "· parse the CSV"),
    (validation, "fill_from_envelope", "· fill in columns"),
    (validation, "_load_references", "· look up units, periods, series"),
    (validation, "read_values", "· parse the values"),
    (validation, "check_return", "· check, sort by key"),
    (staging, "stage_rows", "· COPY to temporary tables"),
    (coverage, "find_conflicts", "· covered by another return?"),
    (staging, "insert_observations", "· insert facts with index"),
    (coverage, "claim_coverage", "· claim units and periods"),
    (returns, "store_file", "· keep the file"),
    (submit, "_compress", "· pack the file (beside the insert)"),
    (submit, "sum_by_powiat", "· totals by powiat (beside the insert)"),
    (rollup, "apply_difference", "· add to the rollup"),
)


def create_app() -> FastAPI:
    """The ordinary application, after its steps were wrapped."""
    taken: dict[str, float] = {}
    for module, name, title in STEPS:
        setattr(module, name, _clocked(getattr(module, name), title, taken))
    routes.submit = _noted(routes.submit, taken)
    return app.create_app()


def _clocked(step: Callable[..., Any], title: str, taken: dict[str, float]) -> Callable[..., Any]:
    if asyncio.iscoroutinefunction(step):

        @wraps(step)
        async def clocked(*args: Any, **named: Any) -> Any:
            started = perf_counter()
            try:
                return await step(*args, **named)
            finally:
                taken[title] = perf_counter() - started

        return clocked

    @wraps(step)
    def clocked_in_thread(*args: Any, **named: Any) -> Any:
        started = perf_counter()
        try:
            return step(*args, **named)
        finally:
            taken[title] = perf_counter() - started

    return clocked_in_thread


def _noted(whole: Callable[..., Any], taken: dict[str, float]) -> Callable[..., Any]:
    """Writes the seconds down after each return."""

    @wraps(whole)
    async def noted(*args: Any, **named: Any) -> Any:
        taken.clear()
        answer = await whole(*args, **named)
        await asyncio.to_thread(_note, taken)
        return answer

    return noted


def _note(taken: dict[str, float]) -> None:
    Path(os.environ["MIERNIK_BENCH_STAGES"]).write_text(json.dumps(taken), encoding="utf-8")
