"""Disclosure control: no figures that a reader sees determine the values of one other unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.oracles.linear_combinations import Sum, find_revealed_units

from miernik_indicators.reports.blocks import ALL_PARTS, Amount, Contribution
from miernik_indicators.reports.contributions import Contributions
from miernik_indicators.reports.disclosure import select_withheld
from miernik_indicators.reports.schemas import ReportTerritory
from miernik_indicators.reports.territory import TerritoryFilter

SERIES = 7
DAYS = tuple(date(year, month, day) for year in (2010, 2011) for month, day in ((6, 30), (12, 31)))
# Powiaty by unit: three gminy, two, one and one, two offices of the whole voivodeship, and another voivodeship.
POWIATY = {1: 401, 2: 401, 3: 401, 4: 402, 5: 402, 6: 461, 7: 462, 8: 400, 9: 1201, 10: 1201, 11: 400}
Given = frozenset[str]
"""Kinds of persons of which a unit gave a number: the parts ``a`` and ``b``, and the ``rest`` of the whole."""
Returns = Mapping[tuple[int, date], Given]
FIGURES = {0: {"a", "b", "rest"}, 1: {"a"}, 2: {"b"}}
AMOUNTS = {
    **{Amount(part): kinds for part, kinds in FIGURES.items()},
    Amount(ALL_PARTS): {"a", "b"},
    Amount(ALL_PARTS, True): {"rest"},
    Amount(1, True): {"b", "rest"},
    Amount(2, True): {"a", "rest"},
}


def territory(voivodeship: int | None, powiat: int | None) -> TerritoryFilter:
    label = ReportTerritory(code=str(powiat or voivodeship or "PL"), name="–", level="powiat")
    return TerritoryFilter(label, voivodeship, powiat, None)


TERRITORIES = (
    territory(None, None),
    territory(4, None),
    territory(12, None),
    *(territory(powiat // 100, powiat) for powiat in (400, 401, 402, 461, 462, 1201)),
)


def contribute(returns: Returns, as_of: date) -> Contributions:
    """Contributions of the returns up to a day, as they are counted in the database."""
    return {SERIES: [one for amount, kinds in AMOUNTS.items() for one in count_units(returns, as_of, amount, kinds)]}


def count_units(returns: Returns, as_of: date, amount: Amount, kinds: set[str]) -> Iterator[Contribution]:
    given = ((day, POWIATY[unit], unit) for (unit, day), parts in returns.items() if day <= as_of and parts & kinds)
    for (day, powiat), rows in groupby(sorted(given), key=lambda row: row[:2]):
        units = [unit for *_, unit in rows]
        yield Contribution(amount, powiat // 100, powiat, day, len(units), min(units), max(units))


def list_shown(returns: Returns) -> Iterator[Sum]:
    """All figures that a reader sees: each territory on each day, whole and parts."""
    for as_of in DAYS:
        contributions = contribute(returns, as_of)
        for area in TERRITORIES:
            withheld = select_withheld(contributions, area)
            for part, kinds in FIGURES.items():
                if (SERIES, part) not in withheld:
                    yield add_up(returns, area, as_of, kinds)


def add_up(returns: Returns, area: TerritoryFilter, as_of: date, kinds: set[str]) -> Sum:
    return frozenset(
        (unit, (day, kind))
        for (unit, day), parts in returns.items()
        for kind in parts & kinds
        if day <= as_of and lies_in(POWIATY[unit], area)
    )


def find_withheld(returns: Returns, as_of: date, part: int = 0) -> set[str]:
    """Codes of the territories in which a whole or part is withheld."""
    contributions = contribute(returns, as_of)
    return {area.label.code for area in TERRITORIES if (SERIES, part) in select_withheld(contributions, area)}


def give(*units: int, day: date = DAYS[0], kinds: str = "rest") -> dict[tuple[int, date], Given]:
    return {(unit, day): frozenset(kinds.split()) for unit in units}


def lies_in(powiat: int, area: TerritoryFilter) -> bool:
    return area.powiat in (None, powiat) and area.voivodeship in (None, powiat // 100)


wholes = st.dictionaries(
    st.tuples(st.sampled_from(list(POWIATY)), st.sampled_from(DAYS)), st.just(frozenset({"rest"})), max_size=24
)
with_parts = st.dictionaries(
    st.tuples(st.sampled_from(list(POWIATY)), st.sampled_from(DAYS[:2])),
    st.frozensets(st.sampled_from(["a", "b", "rest"]), min_size=1),
    max_size=16,
)


@settings(max_examples=200, deadline=None)
@given(wholes)
def test_no_combination_of_totals_reveals_one_unit(returns: Returns) -> None:
    assert list(find_revealed_units(list_shown(returns))) == []


@settings(max_examples=200, deadline=None)
@given(with_parts)
def test_no_combination_of_totals_and_parts_reveals_one_unit(returns: Returns) -> None:
    assert list(find_revealed_units(list_shown(returns))) == []


def test_powiaty_of_one_unit_are_withheld_and_the_others_shown() -> None:
    assert find_withheld(give(1, 2, 4, 5, 6, 7), DAYS[0]) == {"461", "462"}


def test_lone_powiat_of_one_unit_takes_the_smallest_other_with_it() -> None:
    assert find_withheld(give(1, 2, 3, 4, 5, 6), DAYS[0]) == {"402", "461"}


def test_lone_powiat_of_one_unit_takes_one_that_is_withheld_already() -> None:
    returns = give(1, 4, 5, 6) | give(1, 2, 3, 4, 5, 6, day=DAYS[1])

    assert [find_withheld(returns, day) for day in DAYS[:2]] == [{"401", "461"}, {"401", "461"}]


def test_offices_of_the_voivodeship_make_a_block_with_a_powiat_of_one_unit() -> None:
    found = [find_withheld(give(1, 2, 4, 5, 6, *offices), DAYS[0]) for offices in ((8,), (8, 11))]

    assert found == [{"400", "461"}, {"400", "461"}]


def test_first_return_of_a_period_withholds_what_it_changes_until_the_second() -> None:
    returns = give(1, 2, 4, 5) | give(1, day=DAYS[1]) | give(2, day=DAYS[2])

    assert [find_withheld(returns, day) for day in DAYS[:3]] == [set(), {"PL", "4", "401"}, set()]


def test_two_returns_of_one_unit_are_those_of_one_unit() -> None:
    returns = give(1, 2) | give(1, day=DAYS[1]) | give(1, day=DAYS[2])

    assert find_withheld(returns, DAYS[2]) == {"PL", "4", "401"}


def test_part_of_one_unit_takes_the_part_of_another_powiat_with_it() -> None:
    returns = give(2, 3) | give(1, 4, 5, kinds="a rest")

    assert (find_withheld(returns, DAYS[0]), find_withheld(returns, DAYS[0], part=1)) == (set(), {"401", "402"})


def test_rest_of_one_unit_withholds_the_part_wherever_it_would_be_revealed() -> None:
    returns = give(1, 2, 4, 5, kinds="a") | give(3, kinds="a rest")

    assert (find_withheld(returns, DAYS[0]), find_withheld(returns, DAYS[0], part=1)) == (set(), {"PL", "4", "401"})


def test_part_that_waits_is_shown_with_a_later_period_of_two_units() -> None:
    alone = give(1, 4, 5, kinds="a") | give(2, kinds="a rest")
    returns = alone | give(1, 2, 4, 5, day=DAYS[1], kinds="a rest")

    assert [find_withheld(returns, day, part=1) for day in DAYS[:2]] == [{"PL", "4", "401"}, {"401"}]
