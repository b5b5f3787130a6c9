"""Comparison of two editions of the register, and what in it is unlikely enough to need a confirmation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from miernik_indicators.register.schemas import ChangedTerritory, ComparedVoivodeship, EditionComparison
from miernik_indicators.register.terc_file import TercEntry
from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.values.teryt import REPORTING_KINDS

_MANY = 5
_MANY_SHARE = 0.05
_LARGEST_SHARE = 1 / 3
"""Shares of a voivodeship's codes that may end between two editions without being unlikely.

Between the editions of 2020 and 2026 no gmina and no powiat of the country ended: one took another kind or name, or a
new one was made. A file that was cut off loses most of a voivodeship. The third is for registers of a few codes.
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """Edition of the register; ``entries`` without the parts of gminy, by code."""

    as_of: date
    entries: Mapping[str, TercEntry]

    @classmethod
    def build(cls, as_of: date, entries: Iterable[TercEntry]) -> "Edition":
        """Edition of the voivodeships, powiaty and whole gminy among the entries of a file."""
        return cls(as_of, {one.code: one for one in entries if not one.kind or one.kind in REPORTING_KINDS})

    def by_voivodeship(self) -> dict[str, dict[str, TercEntry]]:
        """Entries by the code of their voivodeship."""
        found: dict[str, dict[str, TercEntry]] = {}
        for code, entry in self.entries.items():
            found.setdefault(code[:2], {})[code] = entry
        return found


def compare_editions(new: Edition, old: Edition | None, following: date | None) -> EditionComparison:
    """Compare an edition with the one before it, or with the earliest after it if there is none before.

    ``following`` is the day of the edition after it. Without another edition only the entries are counted.
    """
    before, after = old.by_voivodeship() if old else {}, new.by_voivodeship()
    compared = [
        _compare_voivodeship(code, before.get(code, {}), after.get(code, {}), listed=old is not None)
        for code in sorted({*before, *after})
    ]
    return EditionComparison(
        compared_with=old.as_of if old else None,
        next_edition=following,
        entries=sum(one.entries for one in compared),
        entries_before=sum(one.entries_before for one in compared),
        ended=sum(len(one.ended) for one in compared),
        new=sum(len(one.new) for one in compared),
        renamed=sum(len(one.renamed) for one in compared),
        changed_kind=sum(len(one.changed_kind) for one in compared),
        voivodeships=compared,
    )


def find_unlikely_changes(comparison: EditionComparison) -> list[UnlikelyValue]:
    """Voivodeships that vanish, and those in which many codes end."""
    if comparison.compared_with is None:
        return []
    on = comparison.compared_with.isoformat()
    return [found for one in comparison.voivodeships for found in _find_unlikely(one, on)]


def _find_unlikely(one: ComparedVoivodeship, on: str) -> Iterator[UnlikelyValue]:
    pointer, ended = f"/voivodeships/{one.code}", len(one.ended)
    value = f"{one.code} {on} {one.entries_before} {ended}"
    params = {"voivodeship": one.code, "name": one.name, "compared_with": on}
    if one.entries_before and not one.entries:
        yield UnlikelyValue(pointer, "terc_voivodeship_vanishes", value, params | {"count": str(one.entries_before)})
    elif _is_large_share(ended, one.entries_before):
        counts = {"ended": str(ended), "count": str(one.entries_before)}
        yield UnlikelyValue(pointer, "terc_many_codes_end", value, params | counts)


def _is_large_share(ended: int, entries: int) -> bool:
    return ended > _LARGEST_SHARE * entries or (ended >= _MANY and ended > _MANY_SHARE * entries)


def _compare_voivodeship(
    code: str, before: Mapping[str, TercEntry], after: Mapping[str, TercEntry], *, listed: bool
) -> ComparedVoivodeship:
    both = sorted(before.keys() & after.keys()) if listed else []
    named = after.get(code) or before.get(code)
    return ComparedVoivodeship(
        code=code,
        name=named.name if named else "–",
        entries=len(after),
        entries_before=len(before),
        ended=_list_changes(sorted(before.keys() - after.keys()), before, {}),
        new=_list_changes(sorted(after.keys() - before.keys()) if listed else [], {}, after),
        renamed=_list_changes([one for one in both if before[one].name != after[one].name], before, after),
        changed_kind=_list_changes([one for one in both if _kind(before[one]) != _kind(after[one])], before, after),
    )


def _kind(entry: TercEntry) -> tuple[str, str]:
    return entry.kind, entry.kind_name


def _list_changes(
    codes: Sequence[str], before: Mapping[str, TercEntry], after: Mapping[str, TercEntry]
) -> list[ChangedTerritory]:
    return [_describe_change(code, before.get(code), after.get(code)) for code in codes]


def _describe_change(code: str, before: TercEntry | None, after: TercEntry | None) -> ChangedTerritory:
    return ChangedTerritory(
        code=code,
        name=after.name if after else None,
        name_before=before.name if before else None,
        kind=after.kind if after else None,
        kind_before=before.kind if before else None,
        kind_name=after.kind_name if after else None,
        kind_name_before=before.kind_name if before else None,
    )
