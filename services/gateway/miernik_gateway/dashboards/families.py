"""On which topics the answer to a question depends."""

import re

from miernik_gateway.dashboards.description import Dashboard
from miernik_gateway.dashboards.query import Asked
from miernik_gateway.positions.known import Topic
from miernik_gateway.positions.topics import watched_topics

_TERRITORY = re.compile(r"(\d\d)(\d\d(\d\d\d?)?)?")
_VOIVODESHIP_PART = ":{voivodeship}"


def watched_by(dashboard: Dashboard, asked: Asked) -> tuple[Topic, ...]:
    """Service and topic of everything that the sections are made of, without repetition."""
    territory = _TERRITORY.fullmatch(asked.value("territory") or "")
    part = f":{territory[1]}" if territory else ""
    topics = [
        (section.service, topic)
        for section in dashboard.sections
        for family in section.families
        for topic in watched_topics(family.replace(_VOIVODESHIP_PART, part))
    ]
    return tuple(dict.fromkeys(topics))
