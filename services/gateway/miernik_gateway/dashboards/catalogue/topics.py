"""Topics that the body of a dashboard depends on."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from miernik_gateway.dashboards.catalogue.dashboard import Dashboard, Section, Source
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.positions.known import Topic
from miernik_gateway.positions.topics import watched_topics

_TERRITORY = re.compile("([0-9]{2})([0-9]{2}([0-9]{2}[0-9]?)?)?")
_PLACEHOLDERS = {":{voivodeship}": "territory", ":{office}": "office"}
"""Parameter of the report that provides the voivodeship."""
_WHOLE = dict.fromkeys(_PLACEHOLDERS, "")


def watched_by(dashboard: Dashboard, query: DashboardQuery) -> tuple[Topic, ...]:
    """Return service and topic of everything that the answer to a query depends on, without repetition."""
    topics = (
        topic for section in dashboard.sections for topic in _topics(section.source, _voivodeships(section, query))
    )
    return tuple(dict.fromkeys(topics))


def watched_in_all_voivodeships(source: Source[Any]) -> tuple[Topic, ...]:
    """Return service and topic of everything that a report depends on, whatever the voivodeship."""
    return tuple(_topics(source, _WHOLE))


def _topics(source: Source[Any], voivodeships: Mapping[str, str]) -> Iterator[Topic]:
    for family in source.families:
        for placeholder, voivodeship in voivodeships.items():
            family = family.replace(placeholder, voivodeship)
        for topic in watched_topics(family):
            yield source.service, topic


def _voivodeships(section: Section[Any], query: DashboardQuery) -> Mapping[str, str]:
    """Return the replacement of each placeholder; empty where the query is wider than one voivodeship."""
    return {
        placeholder: _voivodeship_part(query.value(section.filter_of(parameter)))
        for placeholder, parameter in _PLACEHOLDERS.items()
    }


def _voivodeship_part(territory: str | None) -> str:
    found = _TERRITORY.fullmatch(territory or "")
    return f":{found[1]}" if found else ""
