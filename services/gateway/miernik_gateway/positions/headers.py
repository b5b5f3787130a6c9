"""Header ``Miernik-Position: indicators=1234, calls=7``: positions in the services' change logs."""

import re
from collections.abc import Mapping

POSITION = "Miernik-Position"
_ENTRY = re.compile(r"([a-z]{1,40})=([0-9]{1,18})")


def parse_positions(header: str) -> dict[str, int]:
    """Parse the header into positions by service, the greatest if one is repeated. Raises ``ValueError``."""
    positions: dict[str, int] = {}
    for part in header.split(","):
        match = _ENTRY.fullmatch(part.strip())
        if match is None:
            raise ValueError("not a list of service=position")
        service, position = match[1], int(match[2])
        positions[service] = max(position, positions.get(service, 0))
    return positions


def format_positions(positions: Mapping[str, int]) -> str:
    """Format the header's value, services in alphabetical order."""
    return ", ".join(f"{service}={position}" for service, position in sorted(positions.items()))
