"""The uploaded file of a return."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file and the options of its request."""

    content: bytes
    media_type: str
    charset: str | None
    reason: str | None
    dry_run: bool

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content as uploaded."""
        return hashlib.sha256(self.content).digest()
