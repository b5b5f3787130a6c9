"""Columns of the uploaded table of a return."""

from miernik_shared.uploads.columns import TableShape

RETURN = TableShape(
    columns=("unit", "indicator", "breakdown", "period", "value"),
    required=frozenset({"indicator", "value"}),
    aliases={
        "jednostka": "unit",
        "teryt": "unit",
        "terc": "unit",
        "wskaznik": "indicator",
        "w tym": "breakdown",
        "podzial": "breakdown",
        "okres": "period",
        "wartosc": "value",
    },
)
