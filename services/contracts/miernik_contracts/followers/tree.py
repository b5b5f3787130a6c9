"""Programme tree of a day: nodes by office, in the order of their codes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from miernik_contracts.followers.states import NodeState

Part = TypeVar("Part")
_PART = re.compile("[0-9]+|[^0-9]+")
_ROMAN = re.compile("(X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes by id; built from the versions in force on one day."""

    nodes: Mapping[UUID, NodeState]
    children: Mapping[UUID | None, list[NodeState]]
    first_days: Mapping[UUID, date] = field(default_factory=dict[UUID, date])
    """First day from which each node stood."""

    def in_order(self, office: str | None = None) -> Iterator[NodeState]:
        """All nodes, parents before their children, siblings by code."""
        for root in self.children.get(None, []):
            if office in (None, root.office):
                yield from self.below(root)

    def below(self, node: NodeState) -> Iterator[NodeState]:
        """The node itself and everything under it."""
        yield node
        for child in self.children.get(node.id, []):
            yield from self.below(child)

    def path(self, node: NodeState) -> list[NodeState]:
        """The node and all above it, up to the root."""
        path = [node]
        while (parent_id := path[-1].parent_id) is not None and parent_id in self.nodes:
            path.append(self.nodes[parent_id])
        return path

    def start_of(self, node: NodeState) -> date | None:
        """First day of the recorded programme of a node: that of the node itself or of one above it."""
        return min((self.first_days[one.id] for one in self.path(node) if one.id in self.first_days), default=None)

    def measure_of(self, node: NodeState) -> NodeState | None:
        """The measure (działanie) that the node is or belongs to."""
        return next((one for one in self.path(node) if one.level == "measure"), None)

    def selection_mode(self, node: NodeState) -> str | None:
        """The node's own mode or the nearest one above it."""
        return next((one.selection_mode for one in self.path(node) if one.selection_mode), None)

    def own_or_below(self, node: NodeState, own: Mapping[UUID, Sequence[Part]]) -> list[Part]:
        """The node's own parts or, if it has none, those of its children: never both, which would count twice."""
        if node.id in own:
            return list(own[node.id])
        return [part for child in self.children.get(node.id, []) for part in self.own_or_below(child, own)]

    def find(self, office: str | None, code: str) -> list[NodeState]:
        """Nodes of a code, one an office."""
        return [node for node in self.in_order(office) if node.code == code]


def build_tree(states: Iterable[NodeState], day: date | None = None) -> Tree:
    """Tree from all known versions of the nodes.

    Of each node the version in force on the day, else its first; without a day the latest.
    """
    chosen: dict[UUID, NodeState] = {}
    first_days: dict[UUID, date] = {}
    for state in sorted(states, key=lambda state: state.version):
        if state.id not in chosen or day is None or state.valid_from <= day:
            chosen[state.id] = state
        first_days[state.id] = min(state.valid_from, first_days.get(state.id, state.valid_from))
    children: dict[UUID | None, list[NodeState]] = {}
    for node in sorted(chosen.values(), key=_order):
        # A node whose parent is not replicated becomes a root: it would be hidden otherwise.
        parent = node.parent_id if node.parent_id in chosen else None
        children.setdefault(parent, []).append(node)
    return Tree(chosen, children, first_days)


def _order(node: NodeState) -> tuple[str, list[tuple[int, int, str]]]:
    parts = (part for word in node.code.split(".") for part in _PART.findall(word))
    return node.office, [_part_key(part) for part in parts]


def _part_key(part: str) -> tuple[int, int, str]:
    """Numbers as numbers, Roman ones too; words after them."""
    if part.isdigit():
        return 0, int(part), ""
    if part and _ROMAN.fullmatch(part):
        digits = [_ROMAN_DIGITS[letter] for letter in part]
        following = [*digits[1:], 0]
        return 0, sum(-one if one < after else one for one, after in zip(digits, following, strict=True)), ""
    return 1, 0, part
