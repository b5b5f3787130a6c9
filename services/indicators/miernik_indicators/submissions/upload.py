"""The uploaded file of a return."""

import hashlib
from dataclasses import dataclass

from miernik_shared.uploads.decimal_signs import Sign


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file and the options of its request. ``decimal`` is the decimal sign, if its sender states it."""

    content: bytes
    media_type: str
    charset: str | None
    reason: str | None
    dry_run: bool
    decimal: Sign | None = None

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content as uploaded."""
        return hashlib.sha256(self.content).digest()
