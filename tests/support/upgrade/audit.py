"""`miernik audit verify` on a database that a test knows."""

from __future__ import annotations

import os
import subprocess
import sys

from miernik_local.provision import DatabaseUrls


def audit_verdicts(urls: DatabaseUrls) -> list[str]:
    """Lines that the command prints, one a service. Raises CalledProcessError where a chain is broken."""
    addresses = {f"MIERNIK_{service.upper()}_DATABASE_URL": url for service, url in urls.app.items()}
    command = [sys.executable, "-m", "miernik_local", "audit", "verify"]
    done = subprocess.run(command, env={**os.environ, **addresses}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
