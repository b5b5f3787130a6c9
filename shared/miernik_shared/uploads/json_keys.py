"""Keys of uploaded JSON objects: those that name columns of ours in any spelling, misspelt ones, unknown ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from miernik_shared.uploads.headings import Headings


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of all objects of a document.

    ``own`` maps a key to our column, ``unknown`` to a column of its own in the parsed frame, ``misspelt`` to the column
    that was probably meant. ``repeated`` are columns that several keys name. ``numbers`` are the numbers of the unknown
    columns in the order in which the keys appear.
    """

    own: dict[str, str]
    unknown: dict[str, str]
    misspelt: dict[str, str]
    repeated: frozenset[str]
    numbers: dict[str, int]

    @classmethod
    def assign(cls, headings: Headings, names: Iterable[str]) -> "Keys":
        """Assign distinct keys, given in the order in which they appear."""
        every = list(names)
        own = {name: column for name in every if (column := headings.find(name))}
        present = frozenset(own.values())
        strange = [name for name in every if name not in own]
        misspelt = {name: meant for name in strange if (meant := headings.suggest(name, present))}
        # No heading of ours begins with this sign.
        unknown = {
            name: f"?{number}" for number, name in enumerate(every, 1) if name not in own and name not in misspelt
        }
        numbers = {column: int(column.removeprefix("?")) for column in unknown.values()}
        repeated = frozenset(column for column, number in Counter(own.values()).items() if number > 1)
        return cls(own, unknown, misspelt, repeated, numbers)

    @property
    def columns(self) -> dict[str, str]:
        """Column of the parsed frame by key."""
        return self.own | self.unknown
