"""The region's figures: printed totals divided among gminy and half-years, always in the same way."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from miernik_indicators.register.terc_file import TercEntry, read_terc

PERIODS = ("2010-H1", "2010-H2", "2011-H1")
OPEN_PERIOD = "2011-H2"
"""Open period without returns, in which a return can be tried."""
_OWN_VOIVODESHIP = "04"
REDEFINED_ON = "2011-01-01"


@dataclass(frozen=True, slots=True)
class Value:
    """One reported value; ``part`` is an "of which" row or empty."""

    gmina: str
    period: str
    indicator: str
    part: str
    value: int


@cache
def table(name: str) -> dict[str, Any]:
    """One of the data files of this folder."""
    file = resources.files("miernik_local.demo_region").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def indicators() -> list[dict[str, Any]]:
    """The indicators of the deck."""
    return table("indicators")["indicator"]


@cache
def register_file() -> bytes:
    """Official register as of 2020-01-01, of the office's voivodeship and of the second office's territories."""
    folder = resources.files("miernik_local.demo_region")
    parts = ("TERC_04_2020-01-01.csv", "TERC_32_2020-01-01.csv")
    return b"".join(folder.joinpath(part).read_bytes() for part in parts)


@cache
def gminy() -> list[TercEntry]:
    """The 144 gminy of the office, in order of their codes."""
    return [entry for entry in _own_territories() if entry.level == "gmina" and entry.kind in "123"]


@cache
def powiaty() -> list[TercEntry]:
    """The office's 23 powiaty, cities with their rights included."""
    return [entry for entry in _own_territories() if entry.level == "powiat"]


def _own_territories() -> list[TercEntry]:
    return [entry for entry in read_terc(register_file()).entries if entry.code.startswith(_OWN_VOIVODESHIP)]


def gmina_values() -> list[Value]:
    """Values of the indicators that welfare centres report; they add up to the deck's totals."""
    return [value for indicator in indicators() if indicator["form"] == "SP-7.1" for value in _divided(indicator)]


def office_values() -> list[Value]:
    """Values that the regional office reports itself, cumulative: the last one counts."""
    return [
        Value("", period, indicator["code"], "", indicator["achieved"] * (n + 1) // len(PERIODS))
        for indicator in indicators()
        if indicator["form"] != "SP-7.1"
        for n, period in enumerate(PERIODS)
    ]


def _divided(indicator: dict[str, Any]) -> Iterator[Value]:
    cells = [(gmina, period) for gmina in gminy() for period in PERIODS]
    wholes = split(indicator["achieved"], [1] * len(cells), indicator["code"])
    for (gmina, period), value in zip(cells, wholes, strict=True):
        yield Value(gmina.code, period, indicator["code"], "", value)
    if part := indicator.get("part"):
        # Only rural and urban-rural gminy have inhabitants of rural areas; no part is greater than its whole.
        weights = [value if gmina.kind in "23" else 0 for (gmina, _), value in zip(cells, wholes, strict=True)]
        for (gmina, period), value in zip(cells, _proportional(part["achieved"], weights), strict=True):
            if gmina.kind in "23":
                yield Value(gmina.code, period, indicator["code"], part["code"], value)


def split(total: int, weights: Sequence[int], seed: str, spread: tuple[int, int] = (40, 160)) -> list[int]:
    """Uneven shares of a total, the same ones every time; ``spread`` is in percent of a share's weight."""
    random = Random(seed)  # noqa: S311 - made-up figures, no secret
    return _proportional(total, [weight * random.randint(*spread) for weight in weights])


def _proportional(total: int, weights: Sequence[int]) -> list[int]:
    """Shares by the largest remainder: they add up to the total."""
    whole = sum(weights) or 1
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: -(total * weights[n] % whole))
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares
