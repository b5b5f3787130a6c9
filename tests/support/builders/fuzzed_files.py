"""Files for fuzzed uploads: half of them valid, the others with random faults."""

from __future__ import annotations

import random
from typing import Any

from tests.support.builders.applications import COLUMNS, list_of, submitted
from tests.support.regions.sample_region import ROPS
from tests.support.services.indicators_service import csv, sheet

DAYS = ("2007-01-01", "2010-12-31", "2011-02-01", "2011-06-30", "2011-09-26", "0001-01-01", "9999-12-31")


def list_of_applications(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return list_of([submitted(f"WND-{chance.randint(5, 99)}", node="7.2.1", call="sl2014:1")])
    names = ["number", *chance.sample(COLUMNS[1:], chance.randint(0, 6))]
    values = {
        "number": ["WND-1", "WND-5", "WND-6", ""],
        "node": ["7.2.1", "7.1.1", "9", ""],
        "call": ["1/7.2.1/2011", "sl2014:1", ""],
        "organisation": ["123456785", "sl2014:1", "526-000-12-46", ""],
        "title": ["Tytuł", "x" * 600, "\u202e", ""],
    }
    rows = [
        ";".join(
            chance.choice(
                values.get(
                    name, (*DAYS, "") if name.endswith("_on") else ("0,00", "1000,00", "1,5", "1 234,56", "9" * 16, "")
                )
            )
            for name in names
        )
        for _ in range(chance.randint(0, 4))
    ]
    return "\n".join([";".join(names), *rows]).encode()


def nbp_file(chance: random.Random) -> Any:
    day, mid = (
        chance.choice(["2011-09-26", "0001-01-01", "9999-12-31"]),
        chance.choice([4.1445, 0.000001, 999999, 1e-7]),
    )
    number = f"1/A/NBP/{day[:4]}"
    if chance.random() < 0.5:
        return {"table": "A", "code": "EUR", "rates": [{"no": number, "effectiveDate": day, "mid": mid}]}
    return [{"table": "A", "no": number, "effectiveDate": day, "rates": [{"code": "EUR", "mid": mid}]}]


def return_of_a_unit(chance: random.Random) -> bytes:
    """A valid file, or one with random faults."""
    if chance.random() < 0.5:
        return csv(f"7.1-1;;{chance.randint(5, 20)}", "7.1-1;rural;3", "7.1-2;;5", "7.1-3;;7").encode()
    values = ["0", "12", "-1", "1,5", "", "9" * 30, "1e9", "NaN", "0,0000001"]
    rows = [
        f"{chance.choice(['7.1-1', '7.1-2', '9'])};{chance.choice(['', 'rural', 'x'])};{chance.choice(values)}"
        for _ in range(chance.randint(0, 4))
    ]
    return csv(*rows).encode() if chance.random() < 0.8 else sheet(*(f"{ROPS};{row}" for row in rows)).encode()
