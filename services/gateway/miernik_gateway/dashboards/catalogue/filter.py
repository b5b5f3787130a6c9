"""Declaration of a filter, and the filters that several dashboards have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from miernik_gateway.dashboards.catalogue.bilingual import Bilingual

Default = Literal["today", "home_voivodeship"]
ListedValues = Literal["offices", "measures", "years"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Query parameter of a dashboard. Its default becomes part of the canonical query."""

    name: str
    title: Bilingual
    meaning: Bilingual
    default: Default | None = None
    listed: ListedValues | None = None
    """Values for the list of dashboards that the services provide."""
    values: Mapping[str, Bilingual] = field(default_factory=dict[str, Bilingual])
    """Values for the list of dashboards that never change."""
    others_allowed: bool = False
    """Whether the filter accepts values that are not in the list."""
    same_as: str | None = None
    """Name of an earlier filter of the same dashboard whose value is the default."""


AS_OF = Filter(
    "as_of",
    Bilingual("Stan na dzień", "As of"),
    Bilingual("Dzień, na który pokazane są dane (czas warszawski)", "The day that the figures are of (Warsaw time)"),
    default="today",
    others_allowed=True,
)
KNOWN_AT = Filter(
    "known_at",
    Bilingual("Stan wiedzy z chwili", "As known at"),
    Bilingual("Chwila: dane tak, jak były wtedy znane", "An instant: the figures as they were known then"),
    others_allowed=True,
)
MEASURE = Filter(
    "measure",
    Bilingual("Działanie", "Measure"),
    Bilingual("Kod działania, np. 7.1", "Code of the measure, such as 7.1"),
    listed="measures",
    others_allowed=True,
)
TERRITORY = Filter(
    "territory",
    Bilingual("Obszar", "Territory"),
    Bilingual("Kod TERYT albo PL: wszystkie województwa", "TERYT code, or PL for all voivodeships"),
    default="home_voivodeship",
    listed="offices",
    others_allowed=True,
)
OFFICE = Filter(
    "office",
    Bilingual("Urząd (województwo)", "Office (voivodeship)"),
    Bilingual(
        "Dwie cyfry kodu TERYT województwa albo PL: wszystkie urzędy, każdy w osobnej tabeli",
        "Two-digit TERYT code of the voivodeship, or PL for all offices, each in its own table",
    ),
    default="home_voivodeship",
    listed="offices",
)
YEAR = Filter(
    "year",
    Bilingual("Rok", "Year"),
    Bilingual(
        "Rok zakończenia naboru, a gdy nie jest znany: ogłoszenia lub planowanego podpisania umów; domyślnie wszystkie",
        "Year of closing, where not known that of the announcement or of the planned signing; by default all",
    ),
    listed="years",
    others_allowed=True,
)
