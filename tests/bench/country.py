"""A generated country: 16 voivodeships, 380 powiaty, 2,479 gminy with a welfare centre each.

There are 40 indicators and 20 half-years. Register, indicators, form and periods are loaded through the API, the units
by SQL. The form writes numbers with a decimal point, so that `COPY` can read the very bytes of a return.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from tests.bench.api import Api
from tests.bench.installation import Installation

GMINY, POWIATY = 2479, 380
HOME = "04"
VOIVODESHIPS = tuple(f"{number:02d}" for number in range(2, 33, 2))
INDICATORS = tuple(f"{7 + number // 20}.1-{number % 20 + 1}" for number in range(40))
PERIODS = tuple(f"{year}-H{half}" for year in range(2005, 2015) for half in (1, 2))
LAST_DAY = "2014-12-31"
FORM = "BENCH"
OFFICE = "ROPS-04"
_UNITS = """
    insert into reporting_unit (id, code, kind, territory, voivodeship, powiat, position)
    select gen_random_uuid(), wanted.code, 'OPS', wanted.territory, wanted.voivodeship, wanted.powiat, office.position
    from wanted, reporting_unit office where office.kind = 'ROPS'
"""
_UNIT_VERSIONS = """
    insert into reporting_unit_version (unit_no, version, name, sort_key, active_from, position)
    select unit.unit_no, 1, unit.code, unit.code, office.active_from, office.position
    from reporting_unit unit, reporting_unit_version office
    where unit.kind = 'OPS' and office.unit_no = (select unit_no from reporting_unit where kind = 'ROPS')
        and not exists (select from reporting_unit_version known where known.unit_no = unit.unit_no)
"""


@dataclass(frozen=True)
class Gmina:
    """A gmina with the code that a return names it by."""

    terc: str

    @property
    def code(self) -> str:
        return self.terc[:6]


def powiaty() -> list[str]:
    """Codes of the 380 powiaty, spread over the voivodeships as evenly as it goes."""
    return sorted(
        f"{VOIVODESHIPS[number % len(VOIVODESHIPS)]}{number // len(VOIVODESHIPS) + 1:02d}" for number in range(POWIATY)
    )


def gminy(count: int = GMINY) -> list[Gmina]:
    """Gminy dealt out to the powiaty one after another; all of them rural ones."""
    codes = powiaty()
    return [Gmina(f"{codes[number % POWIATY]}{number // POWIATY + 1:02d}2") for number in range(count)]


def register_file(places: Sequence[Gmina]) -> bytes:
    """The register as the statistical office publishes it."""
    day = "2004-01-01"
    lines = [
        "WOJ;POW;GMI;RODZ;NAZWA;NAZWA_DOD;STAN_NA",
        *(f"{code};;;;WOJEWÓDZTWO {code};województwo;{day}" for code in VOIVODESHIPS),
        *(f"{code[:2]};{code[2:]};;;powiat {code};powiat;{day}" for code in powiaty()),
        *(f"{p.terc[:2]};{p.terc[2:4]};{p.terc[4:6]};2;Gmina {p.code};gmina wiejska;{day}" for p in places),
    ]
    return "\r\n".join([*lines, ""]).encode()


def load_country(installation: Installation, places: Sequence[Gmina], unit_codes: Sequence[tuple[str, str]]) -> None:
    """Register, indicators with targets, the form with its periods, and units: pairs of a code and a TERC."""
    api = Api(installation)
    api.post("/v1/territory-imports", register_file(places), media="text/csv")
    for indicator in INDICATORS:
        _add_indicator(api, indicator)
    _add_form(api)
    api.post_json("/v1/reporting-units", {"kind": "ROPS", "territory": HOME, "name": "ROPS"})
    add_units(installation.superuser_url, unit_codes)
    api.close()


def own_units(places: Sequence[Gmina]) -> list[tuple[str, str]]:
    """One welfare centre a gmina."""
    return [(f"OPS-{place.code}", place.terc) for place in places]


def add_units(superuser_url: str, unit_codes: Sequence[tuple[str, str]]) -> None:
    """Units like the one that the API registered, by SQL: one request each would take longer than what is measured."""
    values = [(code, terc[:6], int(terc[:2]), int(terc[:4])) for code, terc in unit_codes]
    with psycopg.connect(superuser_url, options="-c search_path=indicators") as connection:
        connection.execute("create temporary table wanted (code text, territory text, voivodeship int2, powiat int2)")
        with connection.cursor().copy("copy wanted from stdin") as copy:
            for row in values:
                copy.write_row(row)
        connection.execute(_UNITS)
        connection.execute(_UNIT_VERSIONS)


def _add_indicator(api: Api, code: str) -> None:
    body = {
        "code": code,
        "measure": code.partition("-")[0],
        "name": f"Liczba osób objętych wsparciem, wskaźnik {code}",
        "definition": "Liczba osób, które zakończyły udział w projektach.",
        "unit_of_measure": "osoby",
        "kind": "result",
        "aggregation": "sum",
        "percentage_base": "revised",
        "parts": [],
        "valid_from": "2000-01-01",
    }
    api.post_json("/v1/indicators", body)
    for status, value in (("original", "150000000"), ("approved", "250000000")):
        target = {"status": status, "value": value, "effective_on": "2005-01-01"}
        api.post_json(f"/v1/indicators/{code}/targets", target)


def _add_form(api: Api) -> None:
    body = {
        "code": FORM,
        "title": "Sprawozdanie",
        "unit_kind": "OPS",
        "period_kind": "half_year",
        "indicators": list(INDICATORS),
        "number_format": {"decimal": ".", "thousands": [" "], "missing": ["n/d"]},
        "source_note": "Dane na podstawie sprawozdań za {period}",
    }
    api.post_json("/v1/forms", body)
    days = json.dumps({"opens_on": "2004-01-01", "due_on": "2099-12-31"}).encode()
    for period in PERIODS:
        api.send("PUT", f"/v1/forms/{FORM}/periods/{period}", days, {"Content-Type": "application/json"})
