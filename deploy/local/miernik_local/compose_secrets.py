"""Secrets of the compose file: generated once, stored in ``.env`` beside it, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from miernik_local.keys import signing_keys
from miernik_local.provision import SERVICES


def write_compose_secrets(file: Path) -> bool:
    """Write passwords and signing keys unless the file exists. Returns whether it was written."""
    if file.exists():
        return False
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as env:
        env.write("\n".join(_lines()) + "\n")
    return True


def _lines() -> list[str]:
    passwords = [f"MIERNIK_{part.upper()}_{role}_PASSWORD" for part in SERVICES for role in ("OWNER", "APP")]
    with tempfile.TemporaryDirectory() as folder:
        keys = signing_keys(Path(folder) / "keys.json")
    return [
        *(f"{name}={secrets.token_urlsafe(24)}" for name in ("POSTGRES_PASSWORD", *passwords)),
        *(f"MIERNIK_{part.upper()}_SIGNING_KEY='{keys.private[part]}'" for part in SERVICES),
        f"MIERNIK_TRUSTED_KEYS='{keys.trusted}'",
    ]
