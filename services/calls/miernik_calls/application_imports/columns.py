"""Columns of a list of applications."""

from miernik_calls.applications.version_columns import DAYS, VALUES
from miernik_shared.uploads.columns import TableShape

APPLICATIONS = TableShape(
    columns=(
        "number",
        "node",
        "call",
        "organisation",
        "title",
        "submitted_on",
        "submitted_value_pln",
        "formally_positive_on",
        "formally_positive_value_pln",
        "accepted_on",
        "accepted_value_pln",
        "withdrawn_on",
        "rejected_on",
    ),
    required=frozenset({"number"}),
    aliases={
        "numer": "number",
        "numer wniosku": "number",
        "nr wniosku": "number",
        "dzialanie": "node",
        "poddzialanie": "node",
        "konkurs": "call",
        "nabor": "call",
        "wnioskodawca": "organisation",
        "projektodawca": "organisation",
        "tytul": "title",
        "tytul projektu": "title",
        "data zlozenia": "submitted_on",
        "wartosc zlozonego": "submitted_value_pln",
        "wartosc zlozonego wniosku": "submitted_value_pln",
        "data pozytywnej oceny formalnej": "formally_positive_on",
        "wartosc pozytywnego formalnie": "formally_positive_value_pln",
        "wartosc wniosku ocenionego pozytywnie": "formally_positive_value_pln",
        "data przyjecia do realizacji": "accepted_on",
        "wartosc przyjetego do realizacji": "accepted_value_pln",
        "wartosc wniosku przyjetego do realizacji": "accepted_value_pln",
        "data wycofania": "withdrawn_on",
        "data odrzucenia": "rejected_on",
    },
    texts=frozenset({"title"}),
)
assert {*DAYS, *VALUES} <= set(APPLICATIONS.columns)  # noqa: S101 - a state without its column could never be imported
