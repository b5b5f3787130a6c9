"""The OpenAPI document of each service as its code gives it: ``python -m tests.house.openapi_documents [--write]``."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from joserfc.jwk import OKPKey

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"
SERVICES = ("calls", "contracts", "indicators", "gateway")


def document(service: str) -> dict[str, Any]:
    """The document of a service. No database and no other service is asked for it."""
    return application(service).openapi()


def application(service: str) -> FastAPI:
    """The application of a service, which has not been started."""
    _provide_settings(service)
    app = importlib.import_module(f"miernik_{service}.app").create_app()
    return getattr(app, "fastapi", app)


def render_document(service: str) -> str:
    """The document as it is committed: sorted, so that a change shows as few lines."""
    return json.dumps(document(service), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _provide_settings(service: str) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": service})
    nowhere = "http://127.0.0.1:9"
    settings = {
        "MIERNIK_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
        "MIERNIK_SIGNING_KEY": json.dumps(key.as_dict(private=True)),
        "MIERNIK_TRUSTED_KEYS": json.dumps({"keys": [_public_key(name) for name in SERVICES]}),
        **{f"MIERNIK_{name.upper()}_URL": nowhere for name in SERVICES},
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def _public_key(name: str) -> dict[str, Any]:
    return OKPKey.generate_key("Ed25519", {"kid": name}).as_dict(private=False)


def main(arguments: list[str]) -> None:
    """Writes the documents, or says which differ."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        file = FOLDER / f"{service}.json"
        if "--write" in arguments:
            file.write_text(render_document(service), encoding="utf-8")
        elif file.read_text(encoding="utf-8") != render_document(service):
            sys.exit(f"{file} is not what the code gives; make openapi")


if __name__ == "__main__":
    main(sys.argv[1:])
