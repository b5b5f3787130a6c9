"""Query of a dashboard in one canonical form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.catalogue.filter import Filter
from miernik_shared.formats import Language
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.personal_numbers import holds_personal_number
from miernik_shared.web.field_errors import personal_number

_MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True)
class Defaults:
    """Default values of filters."""

    today: date
    home_voivodeship: str

    def of(self, one: Filter) -> str | None:
        """Return the default of a filter; None if it has none."""
        if one.default == "today":
            return self.today.isoformat()
        return self.home_voivodeship if one.default == "home_voivodeship" else None


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """Query of a dashboard; equal queries have equal answers."""

    dashboard: str
    parameters: tuple[tuple[str, str], ...]
    """Filters with a value, defaults included, in the order of the declaration."""
    language: Language
    access: str
    key: str = field(init=False, compare=False)
    """Cache key of the answer."""

    def __post_init__(self) -> None:
        key = repr((self.dashboard, self.parameters, self.language, self.access))
        object.__setattr__(self, "key", key)

    def value(self, name: str) -> str | None:
        """Return the value of a filter."""
        return dict(self.parameters).get(name)

    @property
    def past(self) -> bool:
        """Whether the query is for a past state of knowledge, which never changes."""
        return self.value("known_at") is not None


def canonical_parameters(dashboard: Dashboard, query: str, defaults: Defaults) -> tuple[tuple[str, str], ...]:
    """Return the non-empty parameters of a query string, with defaults added. The services validate the values.

    Raises a 422 problem for an unknown parameter (a misspelt filter must not show other figures than intended), for a
    repeated parameter and for a personal number, which the response would repeat.
    """
    given = _parse(query)
    errors = list(_errors(given, {one.name for one in dashboard.filters}))
    if errors:
        raise Problem(422, "request_invalid", errors=errors)
    chosen: dict[str, str | None] = {}
    for one in dashboard.filters:
        default = chosen[one.same_as] if one.same_as else defaults.of(one)
        chosen[one.name] = given[one.name][0] if one.name in given else default
    return tuple((name, value) for name, value in chosen.items() if value is not None)


def _errors(given: Mapping[str, Sequence[str]], known: set[str]) -> Iterator[FieldError]:
    for name, values in given.items():
        pointer = f"/query/{name}"
        if name not in known:
            yield FieldError(pointer, "parameter_unknown", {"parameter": name})
        if len(values) > 1:
            yield FieldError(pointer, "parameter_repeated")
        if any(map(holds_personal_number, values)):
            yield personal_number(pointer)


def _parse(query: str) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise Problem(422, "request_invalid", errors=[FieldError("/query", "query_unreadable")]) from error
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given
