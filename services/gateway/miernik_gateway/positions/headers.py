"""The header ``Miernik-Position: indicators=1234, calls=7``: how far the logs had come."""

import re
from collections.abc import Mapping

POSITION = "Miernik-Position"
_ONE = re.compile(r"([a-z]{1,40})=([0-9]{1,18})")


def parse_positions(header: str) -> dict[str, int]:
    """Position by service, the greatest where one is named twice. Raises ``ValueError`` for anything else."""
    positions: dict[str, int] = {}
    for part in header.split(","):
        found = _ONE.fullmatch(part.strip())
        if found is None:
            raise ValueError("not a list of service=position")
        service, position = found[1], int(found[2])
        positions[service] = max(position, positions.get(service, 0))
    return positions


def format_positions(positions: Mapping[str, int]) -> str:
    """The header's value, services in alphabetical order."""
    return ", ".join(f"{service}={position}" for service, position in sorted(positions.items()))
