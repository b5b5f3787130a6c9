"""Recognition of files that are not the official TERC list, so that a refusal can name what was sent.

The statistical office publishes several lists on one page, and the TERC list in two variants. The address variant
(TERYT-ADR) has the same columns, but neither a row for an urban-rural gmina as a whole nor one for a city that has
districts: in it these gminy do not exist.
"""

from collections.abc import Collection, Iterable

_COLUMNS = (
    ("SYMPOD", "SIMC"),
    ("SYM_UL", "ULIC"),
    ("NAZWA_RM", "WMRODZ"),
    ("TYPKOREKTY", "TERC-ZMIANY"),
    ("PODREG", "NTS"),
)
"""A column that only one list has, in capitals."""
_ADDRESS_KIND_NAMES = frozenset({"miasto w gminie miejsko-wiejskiej", "obszar wiejski w gminie miejsko-wiejskiej"})
_PARTS_OF_URBAN_RURAL = frozenset({"4", "5"})
_URBAN_RURAL = "3"


def name_list(header: Iterable[str]) -> str | None:
    """Name of another list of the statistical office, by its columns."""
    columns = {cell.strip().upper() for cell in header}
    return next((name for column, name in _COLUMNS if column in columns), None)


def is_address_variant(kinds: Collection[tuple[str, str]]) -> bool:
    """Whether rows with these kinds (RODZ and NAZWA_DOD) are those of the address variant."""
    numbers = {kind for kind, _ in kinds}
    if _ADDRESS_KIND_NAMES & {name for _, name in kinds}:
        return True
    return bool(_PARTS_OF_URBAN_RURAL & numbers) and _URBAN_RURAL not in numbers
