"""Load of the register, the reporting units, the indicators with their targets, and the returns."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from rich.progress import Progress

from miernik_indicators.register.terc_file import TercEntry
from miernik_local.demo_region import figures
from miernik_local.demo_region.figures import Value
from miernik_local.demo_region.sender import Sender, side_by_side

OFFICE = "ROPS-04"
FIRST_DAY = "2007-01-01"
FORMS = {"SP-7.1": "OPS", "SP-7.2-7.3": "ROPS"}


class IndicatorLoader:
    """Loader of the register, units, indicators and returns of the demo through the API, one method per step."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def register(self) -> None:
        """Import the territorial register."""
        self._sender.send("POST", "/v1/territory-imports", content=figures.register_file(), media="text/csv")

    def units(self, progress: Progress) -> dict[str, str]:
        """Register one welfare centre per gmina and the office itself. Returns ids by gmina."""
        ids: dict[str, str] = {}
        self._unit("ROPS", "04", "Regionalny Ośrodek Polityki Społecznej")

        def register(gmina: TercEntry) -> None:
            name = f"Ośrodek Pomocy Społecznej: {gmina.name} ({gmina.kind_name})"
            ids[gmina.code] = self._unit("OPS", gmina.code + gmina.kind, name)

        side_by_side(figures.gminy(), register, progress, "Registering units")
        return ids

    def definitions(self) -> None:
        """Create indicators with targets, then the forms that collect them and their periods."""
        for indicator in figures.indicators():
            self._indicator(indicator)
        for code, unit_kind in FORMS.items():
            collected = [one["code"] for one in figures.indicators() if one["form"] == code]
            self._form(code, unit_kind, collected)

    def returns(self, progress: Progress) -> None:
        """Send one return per unit and half-year."""
        values = sorted(figures.gmina_values(), key=lambda value: (value.period, value.gmina))
        office = sorted(figures.office_values(), key=lambda value: value.period)
        of_gminy = groupby(values, key=lambda value: (value.period, value.gmina))
        returns = [("SP-7.1", f"OPS-{gmina}", period, list(group)) for (period, gmina), group in of_gminy]
        of_office = groupby(office, key=lambda value: value.period)
        returns += [("SP-7.2-7.3", OFFICE, period, list(group)) for period, group in of_office]
        side_by_side(returns, lambda one: self._return(*one), progress, "Sending returns")

    def _unit(self, kind: str, territory: str, name: str) -> str:
        body = {"kind": kind, "territory": territory, "name": name, "active_from": FIRST_DAY}
        return self._sender.send("POST", "/v1/reporting-units", json=body, key=f"{kind}-{territory}").json()["id"]

    def _indicator(self, indicator: dict[str, Any]) -> None:
        code: str = indicator["code"]
        part: dict[str, Any] | None = indicator.get("part")
        state: dict[str, Any] = {
            "name": indicator.get("former_name", indicator["name"]),
            "definition": indicator.get("former_name", indicator["name"]),
            "unit_of_measure": indicator["unit_of_measure"],
            "whole_numbers": indicator["whole_numbers"],
            "kind": "result",
            "aggregation": indicator["aggregation"],
            "percentage_base": indicator["percentage_base"],
            "parts": [{"code": part["code"], "name": part["name"]}] if part else [],
            "valid_from": FIRST_DAY,
        }
        self._sender.send(
            "POST", "/v1/indicators", json={"code": code, "measure": indicator["measure"], **state}, key=code
        )
        if "change_note" in indicator:
            changed = state | {
                "name": indicator["name"],
                "definition": indicator["name"],
                "valid_from": figures.REDEFINED_ON,
                "redefined": True,
                "change_note": indicator["change_note"],
            }
            path = f"/v1/indicators/{code}"
            self._sender.send("PUT", path, json=changed, key=f"{code}-redefined", if_match='"v1"')
        self._targets(code, indicator, None)
        if part:
            self._targets(code, part, part["code"])

    def _targets(self, code: str, source: dict[str, Any], part: str | None) -> None:
        # A redefined indicator's targets belong to its new definition, the original one restated.
        first_day = figures.REDEFINED_ON if "change_note" in source else FIRST_DAY
        days = {"original": first_day, "proposed": figures.REDEFINED_ON}
        for status, day in days.items():
            if status not in source:
                continue
            body: dict[str, Any] = {
                "status": status,
                "value": str(source[status]),
                "breakdown": part,
                "effective_on": day,
            }
            if status == "proposed" and "earmarked_value" in source:
                body["earmarked_value"] = str(source["earmarked_value"])
                body["earmarked_label"] = source["earmarked_label"]
            self._sender.send("POST", f"/v1/indicators/{code}/targets", json=body, key=f"{code}-{part}-{status}")

    def _form(self, code: str, unit_kind: str, collected: list[str]) -> None:
        body = {
            "code": code,
            "title": f"Sprawozdanie z realizacji Działania {code.removeprefix('SP-')}",
            "unit_kind": unit_kind,
            "period_kind": "half_year",
            "indicators": collected,
            "source_note": "Dane na podstawie Sprawozdania z realizacji Działania za {period}",
        }
        self._sender.send("POST", "/v1/forms", json=body, key=code)
        for period in (*figures.PERIODS, figures.OPEN_PERIOD):
            days = {"opens_on": "2010-01-01", "due_on": "2099-12-31"}
            self._sender.send("PUT", f"/v1/forms/{code}/periods/{period}", json=days, key=f"{code}-{period}")

    def _return(self, form: str, unit: str, period: str, values: Iterable[Value]) -> None:
        rows = "".join(f"{value.indicator};{value.part};{value.value}\n" for value in values)
        query = urlencode({"form": form, "unit": unit, "period": period})
        content = f"indicator;breakdown;value\n{rows}".encode()
        self._sender.send(
            "POST", f"/v1/submissions?{query}", content=content, media="text/csv", key=f"{form}-{unit}-{period}"
        )
