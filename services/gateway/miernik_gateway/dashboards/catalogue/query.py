"""Query of a dashboard in one canonical form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard
from miernik_gateway.dashboards.catalogue.filter import Filter
from miernik_shared.formats import Language
from miernik_shared.problems import FieldError, refuse_invalid
from miernik_shared.values.personal_numbers import holds_personal_number
from miernik_shared.web.field_errors import personal_number
from miernik_shared.web.query_strings import read_query, unknown_parameter


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
    """Return the parameters of a query string, with defaults added. The services validate the values.

    Raises a 422 problem for a query with two readings (:func:`read_query`), for an unknown parameter (a misspelt filter
    must not show other figures than intended) and for a personal number, which the response would repeat.
    """
    given = read_query(query.encode())
    refuse_invalid(list(_find_errors(given, {one.name for one in dashboard.filters})))
    chosen: dict[str, str | None] = {}
    for one in dashboard.filters:
        default = chosen[one.same_as] if one.same_as else defaults.of(one)
        chosen[one.name] = given.get(one.name, default)
    return tuple((name, value) for name, value in chosen.items() if value is not None)


def _find_errors(given: Mapping[str, str], known: set[str]) -> Iterator[FieldError]:
    for name, value in given.items():
        if name not in known:
            yield unknown_parameter(name)
        if holds_personal_number(value):
            yield personal_number(f"/query/{name}")
