"""Words that the dashboards along the programme tree share: how its nodes are called, and what a gap means."""

from miernik_gateway.dashboards.catalogue.description import ByState, Grouping, Headings, Note, Words

MISSING_IS_NOT_ZERO = Note(
    Words(
        "n/d oznacza brak danych, a nie zero; wartość niepełna nie obejmuje danych, których brak.",
        "n/a means that data are missing, not zero; an incomplete value leaves out what is missing.",
    )
)
UNASSIGNED = Words("nieprzypisane", "unassigned")
NAMED_BY_KIND = ByState("kind", {"total": Words("OGÓŁEM", "TOTAL"), "unassigned": UNASSIGNED})
NAMED_BY_LEVEL = ByState(
    "level",
    {
        "programme": Words("Program {code}", "Programme {code}"),
        "priority": Words("Priorytet {code}", "Priority {code}"),
        "measure": Words("Działanie {code}", "Measure {code}"),
        "sub_measure": Words("Poddziałanie {code}", "Sub-measure {code}"),
    },
)
NAMED_BY_WHAT_HANGS_DIRECTLY = ByState(
    "directly_on",
    {
        "programme": Words("Program {code} (bez priorytetu)", "Programme {code} (of no priority)"),
        "priority": Words("Priorytet {code} (bez działania)", "Priority {code} (of no measure)"),
        "measure": Words("Działanie {code} (bez poddziałania)", "Measure {code} (of no sub-measure)"),
    },
)
TITLED_BY_LEVEL = {
    level: Words(f"{words.pl} {{name}}", f"{words.en} {{name}}") for level, words in NAMED_BY_LEVEL.words.items()
}
BY_OFFICE = Grouping(("office",), Words("", ""), headings=Headings("headings", ByState("level", TITLED_BY_LEVEL)))
"""One table an office, under the priorities that its rows belong to."""
