"""Value of an agreement on each day, and the limits of a tree of allocations."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.schemas import Agreement, AgreementVersion, NewAgreement
from miernik_contracts.agreements.valuation import Moment, last_value, steps, terminated_on
from miernik_contracts.caps.limits import Limits
from miernik_contracts.caps.usage import InUse, find_rises
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree, build_tree
from miernik_contracts.progress.rollup import Step, difference
from miernik_shared.problems import Problem

FIRST = date(2011, 1, 1)
AMOUNTS = st.decimals(min_value="0.01", max_value="1000", places=2)


def moment(version: int, action: str, day: int, value: str = "1") -> Moment:
    return Moment(version, action, FIRST + timedelta(day), Decimal(value))  # type: ignore[arg-type]


def _later(one: Moment) -> tuple[date, bool, int]:
    """Of one day an amendment holds against whatever is said of the signing."""
    return one.effective_on, one.action == "amended", one.version


def worth(moments: list[Moment], day: date) -> tuple[int, Decimal]:
    """Number and value on a day, by the plain rule.

    The last version effective by the day, nothing once terminated, and on no day what was annulled.
    """
    if any(one.action == "annulled" for one in moments):
        return 0, Decimal(0)
    if any(one.action == "terminated" and one.effective_on <= day for one in moments):
        return 0, Decimal(0)
    effective = [one for one in moments if one.effective_on <= day and one.action != "terminated"]
    return (1, max(effective, key=_later).value_pln) if effective else (0, Decimal(0))


@st.composite
def histories(draw: st.DrawFn) -> list[Moment]:
    """An agreement signed, amended and corrected in any order of days, perhaps terminated or annulled at last."""
    moments = [Moment(1, "signed", FIRST, draw(AMOUNTS))]
    for version in range(2, 2 + draw(st.integers(0, 6))):
        action = draw(st.sampled_from(["amended", "amended", "corrected"]))
        day = 0 if action == "corrected" else draw(st.integers(0, 9))
        moments.append(Moment(version, action, FIRST + timedelta(day), draw(AMOUNTS)))
    if draw(st.booleans()):
        day = FIRST + timedelta(draw(st.integers(0, 9)))
        moments.append(Moment(len(moments) + 1, "terminated", day, last_value(moments)))
    if draw(st.integers(0, 3)) == 0:
        moments.append(Moment(len(moments) + 1, "annulled", FIRST, last_value(moments)))
    return moments


@given(histories())
def test_the_steps_up_to_a_day_add_up_to_what_the_agreement_is_worth_then(moments: list[Moment]) -> None:
    moved = steps(moments)
    for number in range(-1, 12):
        day = FIRST + timedelta(number)
        until = [step for at, step in moved.items() if at <= day]
        summed = sum(step.number for step in until), sum((step.value_pln for step in until), Decimal(0))
        assert summed == worth(moments, day)


@given(histories(), histories())
def test_a_difference_makes_one_out_of_the_other(one: list[Moment], other: list[Moment]) -> None:
    before, after = steps(one), steps(other)
    moved = difference(before, after)
    nothing = Step(0, Decimal(0))
    assert nothing not in moved.values()
    for day in {*before, *after, *moved}:
        parts = [some.get(day, nothing) for some in (before, moved, after)]
        assert parts[0].number + parts[1].number == parts[2].number
        assert parts[0].value_pln + parts[1].value_pln == parts[2].value_pln


MOVES = st.dictionaries(st.integers(0, 9).map(lambda day: FIRST + timedelta(day)), st.integers(-50, 50).map(Decimal))


def on(of: dict[date, Decimal], day: date) -> Decimal:
    """Sum of the steps effective on a day."""
    return sum((value for at, value in of.items() if at <= day), Decimal(0))


def rising_days(known: dict[date, Decimal], moved: dict[date, Decimal]) -> list[InUse]:
    later = {day: value for day, value in known.items() if day > min(moved)}
    return find_rises(on(known, FIRST + timedelta(9)), later, moved)


@given(MOVES, MOVES.filter(bool))
def test_usage_is_returned_for_each_day_on_which_the_addition_raises_it(
    known: dict[date, Decimal], moved: dict[date, Decimal]
) -> None:
    # The day before the first, from which everything is a rise.
    after = {day: known.get(day, Decimal(0)) + moved.get(day, Decimal(0)) for day in {*known, *moved}}
    days = [FIRST + timedelta(number) for number in range(10)]
    expected = [
        InUse(day, on(after, day), on(moved, day))
        for day in days
        if on(moved, day) > 0 and (moved.get(day, 0) > 0 or after.get(day, 0) > 0)
    ]

    assert rising_days(known, moved) == expected[::-1]


@given(MOVES, MOVES.filter(bool), st.integers(0, 100).map(Decimal))
def test_a_limit_that_holds_where_it_rises_holds_every_day(
    known: dict[date, Decimal], moved: dict[date, Decimal], limit: Decimal
) -> None:
    """With one limit for all days: what fits on the days of the rises fits on all days that more is in use on."""
    found = rising_days(known, moved)
    if all(one.value_pln <= limit for one in found):
        days = [FIRST + timedelta(number) for number in range(10)]
        fits = [on(known, day) + on(moved, day) <= limit for day in days if on(moved, day) > 0]
        before = [on(known, day) <= limit for day in days]
        assert all(fits) or not all(before)


def test_amount_released_later_is_still_in_use_before() -> None:
    signed, ended = FIRST, FIRST + timedelta(90)
    found = find_rises(Decimal(0), {ended: Decimal(-100)}, {signed + timedelta(30): Decimal(100)})

    assert found == [InUse(FIRST + timedelta(30), Decimal(200), Decimal(100))]


def test_nothing_rises_where_only_less_is_promised() -> None:
    assert find_rises(Decimal(100), {FIRST: Decimal(50)}, {FIRST: Decimal(-10)}) == []


def test_an_amendment_after_the_termination_never_takes_effect() -> None:
    moments = [moment(1, "signed", 0, "10"), moment(2, "amended", 9, "20"), moment(3, "terminated", 5, "10")]

    assert steps(moments) == {
        FIRST: Step(1, Decimal(10)), FIRST + timedelta(5): Step(-1, Decimal(-10)),
    }  # fmt: skip
    assert last_value(moments) == Decimal(10)
    assert terminated_on(moments) == FIRST + timedelta(5)


def test_annulment_after_termination_leaves_only_the_last_value() -> None:
    moments = [moment(1, "signed", 0, "10"), moment(2, "amended", 3, "20"), moment(3, "terminated", 5, "20")]
    annulled = [*moments, moment(4, "annulled", 0, "20")]

    assert steps(annulled) == {}
    assert difference(steps(moments), steps(annulled)).keys() == {FIRST + timedelta(day) for day in (0, 3, 5)}
    assert (last_value(annulled), terminated_on(annulled)) == (Decimal(20), FIRST + timedelta(5))


def test_each_field_repeated_by_every_version_is_a_state_column() -> None:
    repeated = set(NewAgreement.model_fields) & set(Agreement.model_fields) & set(AgreementVersion.model_fields)

    assert repeated == {"value_pln", *queries.STATE}
    assert set(queries.AUDIT_ONLY) <= set(queries.STATE)


def test_terminated_on_the_day_it_was_signed_it_never_counted() -> None:
    moments = [moment(1, "signed", 0), moment(2, "terminated", 0)]
    assert steps(moments) == {FIRST: Step(0, Decimal(0))}


def node(number: int, code: str, parent: int | None) -> NodeState:
    above = UUID(int=parent) if parent else None
    return NodeState(UUID(int=number), "04", code, "measure", above, code, None, 1, FIRST)


def tree() -> Tree:
    """VII with 7.1 (7.1.1, 7.1.2), 7.2 and 7.3."""
    states = [node(1, "VII", None), node(2, "7.1", 1), node(3, "7.1.1", 2), node(4, "7.1.2", 2), node(5, "7.2", 1)]
    return build_tree([*states, node(6, "7.3", 1)])


def limits(allocated: dict[int, str], percents: dict[int, str] | None = None) -> dict[str, str | None]:
    """Limits along the path of 7.1.1, by code."""
    built = tree()
    of = Limits(
        built,
        {UUID(int=number): [Decimal(value)] for number, value in allocated.items()},
        {UUID(int=number): Decimal(value) for number, value in (percents or {}).items()},
    )
    path = built.path(built.nodes[UUID(int=3)])
    of.refuse_unallocated(path)
    held = {one.code: of.floor_to_grosz(one) for one in path}
    return {code: None if value is None else str(value) for code, value in held.items()}


@pytest.mark.parametrize(
    ("allocated", "percents", "expected"),
    [
        ({2: "100"}, {}, {"7.1.1": None, "7.1": "100.00", "VII": "100.00"}),
        ({2: "100", 5: "50"}, {}, {"7.1.1": None, "7.1": "100.00", "VII": "150.00"}),
        ({1: "120", 2: "100", 5: "50"}, {}, {"7.1.1": None, "7.1": "100.00", "VII": "120.00"}),
        ({3: "60", 4: "40"}, {}, {"7.1.1": "60.00", "7.1": "100.00", "VII": "100.00"}),
        ({3: "60", 4: "40"}, {3: "110"}, {"7.1.1": "66.00", "7.1": "106.00", "VII": "106.00"}),
        ({3: "60", 4: "40"}, {2: "110"}, {"7.1.1": "60.00", "7.1": "110.00", "VII": "110.00"}),
        ({2: "100"}, {2: "105.55"}, {"7.1.1": None, "7.1": "105.55", "VII": "105.55"}),
        ({2: "100.009999"}, {}, {"7.1.1": None, "7.1": "100.00", "VII": "100.00"}),
        ({1: "10"}, {}, {"7.1.1": None, "7.1": None, "VII": "10.00"}),
    ],
)
def test_limits_of_a_node_and_those_above_it(
    allocated: dict[int, str], percents: dict[int, str], expected: dict[str, str | None]
) -> None:
    assert limits(allocated, percents) == expected


@pytest.mark.parametrize("allocated", [{}, {4: "100"}, {5: "100", 6: "100"}])
def test_the_allocation_of_a_neighbour_is_not_ours(allocated: dict[int, str]) -> None:
    with pytest.raises(Problem) as refusal:
        limits(allocated)
    assert (refusal.value.status, refusal.value.code) == (409, "allocation_unknown")
