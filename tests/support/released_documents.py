"""OpenAPI documents of the last released version, kept to compare today's with.

`python -m tests.support.released_documents 2026-11-28` stores those of `docs/openapi` as that version.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zstandard
from tests.house.openapi_documents import FOLDER as COMMITTED
from tests.house.openapi_documents import SERVICES

STORED = Path(__file__).parents[1] / "fixtures" / "openapi"
_SUFFIX = ".json.zst"
_LEVEL = 19


def committed_documents() -> dict[str, Any]:
    """The documents of ``docs/openapi`` by service."""
    return {service: json.loads((COMMITTED / f"{service}.json").read_text(encoding="utf-8")) for service in SERVICES}


def released_version() -> str:
    """The newest version stored; versions are days, so the last in the order of their names."""
    return max(file.name.removesuffix(_SUFFIX) for file in STORED.glob(f"*{_SUFFIX}"))


def released_documents(version: str) -> dict[str, Any]:
    """The documents stored as a version, by service."""
    return json.loads(zstandard.decompress((STORED / f"{version}{_SUFFIX}").read_bytes()))


def store_documents(version: str, documents: Mapping[str, Any]) -> None:
    """Store documents as a version and drop those of earlier versions, which nothing compares any more."""
    STORED.mkdir(parents=True, exist_ok=True)
    content = json.dumps(documents, ensure_ascii=False, sort_keys=True).encode()
    (STORED / f"{version}{_SUFFIX}").write_bytes(zstandard.compress(content, _LEVEL))
    for file in STORED.glob(f"*{_SUFFIX}"):
        if file.name != f"{version}{_SUFFIX}":
            file.unlink()


if __name__ == "__main__":
    store_documents(sys.argv[1], committed_documents())
