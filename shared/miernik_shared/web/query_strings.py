"""Query string of a request, parsed in exactly one way or refused.

A parameter that is given twice or without a value has two readings: the first value or the last, no filter or a filter
for the empty text. So have a raw ``;`` (a separator for some programs), octets outside of ASCII and escapes that are
not UTF-8. All of them are refused, whatever the endpoint declares. A parameter that takes several values is declared as
one text, in which commas separate them.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from miernik_shared.problems import FieldError, Problem, refuse_invalid
from miernik_shared.web.error_responses import json_pointer

_MOST_PARAMETERS = 50
_PLACE = "query"


def read_query(query: bytes) -> dict[str, str]:
    """Values by parameter, none of them blank.

    Raises 422 with an error for each parameter that is repeated or blank, and for a query that cannot be read.
    """
    given: dict[str, list[str]] = {}
    for name, value in _split_query(query):
        given.setdefault(name, []).append(value)
    refuse_invalid([error for name, values in given.items() for error in _find_errors(name, values)])
    return {name: values[0] for name, values in given.items()}


def unknown_parameter(name: str) -> FieldError:
    """Error for a parameter that the endpoint does not declare: a misspelt ``dry_run`` must not store."""
    return FieldError(_point_to(name), "parameter_unknown", {"parameter": name})


def _point_to(name: str) -> str:
    return json_pointer((_PLACE, name))


def _split_query(query: bytes) -> list[tuple[str, str]]:
    if not query:
        return []
    if b";" in query:
        raise _unreadable("query_semicolon")
    try:
        text = query.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise _unreadable("query_unreadable") from error


def _unreadable(code: str) -> Problem:
    return Problem(422, "request_invalid", errors=[FieldError(f"/{_PLACE}", code)])


def _find_errors(name: str, values: Sequence[str]) -> Iterator[FieldError]:
    params = {"parameter": name}
    if len(values) > 1:
        yield FieldError(_point_to(name), "parameter_repeated", params)
    if any("\0" in value for value in values):
        yield FieldError(_point_to(name), "value_unstorable")
    elif any(map(_is_blank, values)):
        yield FieldError(_point_to(name), "parameter_empty", params)


def _is_blank(value: str) -> bool:
    """Whether no character is visible: the empty text, blanks, controls, and format characters such as U+200B."""
    return not any(character.isprintable() and not character.isspace() for character in value)
