"""Parser of all JSON that clients send: a document with two readings is malformed.

Parsers disagree on an object with the same key twice (first value, last value, error) and on NaN and Infinity, which
are not JSON. Here a repeated key is an error that names each of them, and NaN and Infinity are malformed.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, cast

from miernik_shared.problems import FieldError, Problem

_MOST_ERRORS = 100
_LONGEST_KEY = 60
Path = tuple[str | int, ...]
_Pairs = list[tuple[str, Any]]


class RepeatedKeysError(ValueError):
    """Keys that occur twice in one object, as paths from the top of the document; the first hundred of them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__(f"{len(paths)} repeated keys")
        self.paths = tuple(paths)


class _RepeatedKey(Exception):
    """Signal that some object has a key twice; where, a second and slower parse finds out."""


class _Object(list[tuple[str, Any]]):
    """Members of an object in their order, repeated keys included."""


def parse_json(content: bytes, number: Callable[[str], Any] | None = None) -> Any:
    """Parse a JSON document in UTF-8; ``number`` converts the text of each number.

    Raises :class:`RepeatedKeysError`, and another ``ValueError`` for malformed JSON.
    """
    text = content.decode("utf-8-sig")
    try:
        return _parse_text(text, number, _build_object)
    except _RepeatedKey as error:
        raise RepeatedKeysError(_list_repeated_keys(_parse_text(text, number, _Object))) from error


def repeated_keys_problem(error: RepeatedKeysError) -> Problem:
    """Refusal (422) of a document with repeated keys."""
    return Problem(422, "request_invalid", errors=[repeated_key_error(path) for path in error.paths])


def repeated_key_error(path: Path, row: int | None = None) -> FieldError:
    """Error for a repeated key, in a ``row`` if the document is a file of rows."""
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    return FieldError(pointer, "key_repeated", {"key": str(path[-1])[:_LONGEST_KEY]}, row)


def _parse_text(text: str, number: Callable[[str], Any] | None, build: Callable[[_Pairs], Any]) -> Any:
    try:
        return json.loads(
            text, parse_float=number, parse_int=number, parse_constant=_refuse_constant, object_pairs_hook=build
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _build_object(pairs: _Pairs) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _RepeatedKey
    return members


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _list_repeated_keys(document: Any) -> list[Path]:
    found: list[Path] = []
    remaining: list[tuple[Path, Any]] = [((), document)]
    while remaining and len(found) < _MOST_ERRORS:
        path, node = remaining.pop()
        members = list(_iterate_members(node))
        if isinstance(node, _Object):
            found += [(*path, key) for key in _repeated([key for key, _ in members])]
        remaining += [((*path, key), value) for key, value in reversed(members) if isinstance(value, list)]
    return found[:_MOST_ERRORS]


def _iterate_members(node: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Key and value of each member of an object, index and value of each item of an array."""
    return iter(cast(_Pairs, node)) if isinstance(node, _Object) else enumerate(node)


def _repeated(keys: Sequence[Any]) -> list[Any]:
    """Keys that occur more than once, each of them once, in linear time."""
    seen: set[Any] = set()
    twice: dict[Any, None] = {}
    for key in keys:
        if key in seen:
            twice[key] = None
        seen.add(key)
    return list(twice)
