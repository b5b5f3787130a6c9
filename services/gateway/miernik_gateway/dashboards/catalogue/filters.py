"""Filters that several dashboards take."""

from miernik_gateway.dashboards.catalogue.description import Filter, Words

AS_OF = Filter(
    "as_of",
    Words("Stan na dzień", "As of"),
    Words("Dzień, na który pokazane są dane (czas warszawski)", "The day that the figures are of (Warsaw time)"),
    default="today",
    open=True,
)
KNOWN_AT = Filter(
    "known_at",
    Words("Stan wiedzy z chwili", "As known at"),
    Words("Chwila: dane tak, jak były wtedy znane", "An instant: the figures as they were known then"),
    open=True,
)
MEASURE = Filter(
    "measure",
    Words("Działanie", "Measure"),
    Words("Kod działania, np. 7.1", "Code of the measure, such as 7.1"),
    known="measures",
    open=True,
)
TERRITORY = Filter(
    "territory",
    Words("Obszar", "Territory"),
    Words("Kod TERYT albo PL: wszystkie województwa", "TERYT code, or PL for all voivodeships"),
    default="home_voivodeship",
    known="offices",
    open=True,
)
OFFICE = Filter(
    "office",
    Words("Urząd (województwo)", "Office (voivodeship)"),
    Words(
        "Dwie cyfry kodu TERYT województwa albo PL: wszystkie urzędy, każdy w osobnej tabeli",
        "Two-digit TERYT code of the voivodeship, or PL for all offices, each in its own table",
    ),
    default="home_voivodeship",
    known="offices",
)
YEAR = Filter(
    "year",
    Words("Rok", "Year"),
    Words(
        "Rok zakończenia naboru, a gdy nie jest znany: ogłoszenia lub planowanego podpisania umów; domyślnie wszystkie",
        "Year of closing, where not known that of the announcement or of the planned signing; by default all",
    ),
    known="years",
    open=True,
)
