"""Applications of office 04, generated to match the totals of ``applications.toml`` and ``calls.toml``.

The applications of a node are generated from the last stage backwards: signed, recommended, formally positive, only
submitted. Thus the value of an application never rises from stage to stage, and every total is exact to the grosz.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from miernik_local.demo_region.figures import gminy, powiaty, split, table

OFFICE = "04"
STATE_DAY = date(2011, 8, 31)
"""Reference day of the totals."""
_FIRST_DAY, _SPREAD_DAYS = date(2008, 2, 1), 1000
_ASSESSED, _DECIDED, _SIGNED = timedelta(days=30), timedelta(days=60), timedelta(days=100)
_GROWTH = {True: 1000, False: 160}
"""Divisor by ``_Node.even``: an earlier stage exceeds the next by the value divided by it."""
_SPREAD = {True: (98, 102), False: (40, 160)}


@dataclass(frozen=True, slots=True)
class Stage:
    """Day and value (in grosze) of a stage."""

    on: date
    value: int

    @property
    def pln(self) -> str:
        """Value in złote as a decimal string."""
        return f"{Decimal(self.value) / 100:.2f}"


@dataclass(frozen=True, slots=True)
class MadeApplication:
    """Generated application with its stages; ``call`` is a key of ``calls.toml``."""

    number: str
    node: str
    call: str
    organisation: str
    title: str
    submitted: Stage
    formally_positive: Stage | None
    accepted: Stage | None
    signed: Stage | None
    """Day and value of the agreement; the value is the accepted one."""
    agreement: str


@dataclass(slots=True)
class _Draft:
    """Application under construction: values by stage, filled from the last stage to the first."""

    call: str
    signed: bool = False
    accepted: int | None = None
    formal: int | None = None
    submitted: int = 0


@dataclass(slots=True)
class _Node:
    """Row of the totals, with the applications of its calls and of earlier years."""

    row: dict[str, Any]
    groups: dict[str, tuple[int, int]]
    """Number and value of applications by call; earlier years are under the empty key."""
    drafts: list[_Draft] = field(default_factory=list[_Draft])

    @property
    def even(self) -> bool:
        """Whether the projects of the node are of similar size."""
        return bool(self.row.get("even"))

    def total(self, stage: str) -> tuple[int, int]:
        """Number and value (in grosze) of the applications that reached a stage."""
        return _number_and_value(self.row.get(stage))

    def split(self, value: int, number: int, purpose: str) -> list[int]:
        """Split a value into uneven shares, the same ones every time."""
        return split(value, [1] * number, f"{self.row['node']} {purpose}", _SPREAD[self.even])


@cache
def applications() -> list[MadeApplication]:
    """All applications of the office, in order of their numbers."""
    made = [one for row in table("applications")["row"] for one in _applications_of(_Node(row, _groups(row)))]
    return [*made]


def _number_and_value(total: dict[str, Any] | None) -> tuple[int, int]:
    return (total["number"], int(Decimal(total["value_pln"]) * 100)) if total else (0, 0)


def _groups(row: dict[str, Any]) -> dict[str, tuple[int, int]]:
    own = [call for call in table("calls")["call"] if call["node"] == row["node"]]
    groups = {call["key"]: _number_and_value(call.get("applications")) for call in own}
    number, value = _number_and_value(row["submitted"])
    earlier = (number - sum(n for n, _ in groups.values()), value - sum(v for _, v in groups.values()))
    return {"": earlier} | {call: total for call, total in groups.items() if total[0]}


def _applications_of(node: _Node) -> Iterator[MadeApplication]:
    _add_accepted(node)
    _add_assessed(node)
    _add_submitted(node)
    for sequence, draft in enumerate(node.drafts, 1):
        yield _made(node.row, sequence, draft)


def _add_accepted(node: _Node) -> None:
    for kind, call in (("signed", ""), ("recommended", node.row.get("recommended_call", ""))):
        number, value = node.total(kind)
        for share in node.split(value, number, kind):
            formal = share + share // _GROWTH[node.even]
            node.drafts.append(_Draft(call, kind == "signed", share, formal))


def _add_assessed(node: _Node) -> None:
    """Add the applications that passed the formal assessment and were not accepted.

    Two thirds of the other applications of the call with recommended applications are among them.
    """
    number, value = node.total("formally_positive")
    number, value = number - len(node.drafts), value - sum(draft.formal or 0 for draft in node.drafts)
    call = node.row.get("recommended_call")
    in_call = (node.groups[call][0] - node.total("recommended")[0]) * 2 // 3 if call else 0
    for n, share in enumerate(node.split(value, number, "assessed")):
        node.drafts.append(_Draft(call if call and n < in_call else "", formal=share))


def _add_submitted(node: _Node) -> None:
    """Set the submitted values, and add the applications that did not pass the formal assessment."""
    for call, (number, value) in node.groups.items():
        assessed = [draft for draft in node.drafts if draft.call == call]
        left = number - len(assessed)
        _set_submitted_values(node, assessed, value, exhaust=left == 0)
        rest = value - sum(draft.submitted for draft in assessed)
        node.drafts += [_Draft(call, submitted=share) for share in node.split(rest, left, f"submitted {call}")]


def _set_submitted_values(node: _Node, assessed: Sequence[_Draft], value: int, *, exhaust: bool) -> None:
    """Set the submitted values of assessed applications; with ``exhaust`` they add up to ``value``."""
    formal = [draft.formal or 0 for draft in assessed]
    more = [one // _GROWTH[node.even] for one in formal]
    if exhaust:
        more = split(value - sum(formal), formal, "asked", (1, 1))
    for draft, passed, extra in zip(assessed, formal, more, strict=True):
        draft.submitted = passed + extra


def _made(row: dict[str, Any], sequence: int, draft: _Draft) -> MadeApplication:
    submitted_on = _submitted_on(sequence, draft.call)
    organisation = _organisation(row["node"], sequence)
    made = MadeApplication(
        number=_number(row["node"], sequence, submitted_on),
        node=row["node"],
        call=draft.call,
        organisation=organisation,
        title=f"Projekt {sequence} w {row['node']}",
        submitted=Stage(submitted_on, draft.submitted),
        formally_positive=None,
        accepted=None,
        signed=None,
        agreement=row["agreement"],
    )
    if draft.formal is not None:
        made = replace(made, formally_positive=Stage(_no_later(submitted_on + _ASSESSED), draft.formal))
    if draft.accepted is not None:
        made = replace(made, accepted=Stage(_no_later(submitted_on + _DECIDED), draft.accepted))
    if draft.signed:
        made = replace(made, signed=Stage(submitted_on + _SIGNED, draft.accepted or 0))
    return made


def _no_later(day: date) -> date:
    return min(day, STATE_DAY)


def _submitted_on(sequence: int, call: str) -> date:
    if not call:
        return _FIRST_DAY + timedelta(days=sequence * 37 % _SPREAD_DAYS)
    closes_on = next(one["closes_on"] for one in table("calls")["call"] if one["key"] == call)
    return closes_on - timedelta(days=sequence % 14)


def _number(node: str, sequence: int, day: date) -> str:
    _, measure, sub_measure = f"{node}.0".split(".")[:3]
    return f"WND-POKL.07.0{measure}.0{sub_measure}-{OFFICE}-{sequence:04}/{day:%y}"


def _organisation(node: str, sequence: int) -> str:
    """Key of the applicant: a welfare centre, a family support centre, the regional office or an association."""
    if node == "7.1.1":
        return f"OPS-{gminy()[sequence % len(gminy())].code}"
    if node == "7.1.2":
        return f"PCPR-{powiaty()[sequence % len(powiaty())].code}"
    return "ROPS-04" if node == "7.1.3" else f"NGO-{sequence % 40 + 1}"
