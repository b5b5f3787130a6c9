"""On which topics the answer to a question depends."""

import re
from collections.abc import Mapping

from miernik_gateway.dashboards.catalogue.description import Dashboard, Section
from miernik_gateway.dashboards.catalogue.query import Asked
from miernik_gateway.positions.known import Topic
from miernik_gateway.positions.topics import watched_topics

_TERRITORY = re.compile(r"(\d\d)(\d\d(\d\d\d?)?)?")
_PARTS = {":{voivodeship}": "territory", ":{office}": "office"}
"""Parameter of the report from which a part of a family is filled."""


def watched_by(dashboard: Dashboard, asked: Asked) -> tuple[Topic, ...]:
    """Service and topic of everything that the sections are made of, without repetition."""
    topics = [
        (section.service, topic)
        for section in dashboard.sections
        for family in section.families
        for topic in watched_topics(_filled(family, _parts(section, asked)))
    ]
    return tuple(dict.fromkeys(topics))


def whole(family: str) -> str:
    """The family without its part: a change of any part concerns who reads the whole."""
    return _filled(family, dict.fromkeys(_PARTS, ""))


def _parts(section: Section, asked: Asked) -> Mapping[str, str]:
    return {part: _voivodeship(asked.value(section.filter_of(name))) for part, name in _PARTS.items()}


def _filled(family: str, parts: Mapping[str, str]) -> str:
    for part, filled in parts.items():
        family = family.replace(part, filled)
    return family


def _voivodeship(asked: str | None) -> str:
    territory = _TERRITORY.fullmatch(asked or "")
    return f":{territory[1]}" if territory else ""
