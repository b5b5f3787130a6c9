"""`miernik audit verify` on a database that a test knows."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import psycopg

from miernik_local.provision import DatabaseUrls


def audit_verdicts(urls: DatabaseUrls) -> list[str]:
    """Lines that the command prints, one a service. Raises CalledProcessError where a chain is broken."""
    addresses = {f"MIERNIK_{service.upper()}_DATABASE_URL": url for service, url in urls.app.items()}
    command = [sys.executable, "-m", "miernik_local", "audit", "verify"]
    done = subprocess.run(command, env={**os.environ, **addresses}, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def changes_after(urls: DatabaseUrls, verdict: str) -> list[str]:
    """Actions of the changes after a recorded verdict, whose head must still be a link of the chain."""
    found = re.fullmatch(r"(?P<service>\w+): whole, (?P<position>\d+) changes, head (?P<head>\w+)", verdict)
    assert found, verdict
    with psycopg.connect(urls.app[found["service"]]) as connection:
        query = "select position, action, encode(hash, 'hex') from change where position >= %s order by position"
        (_, _, head), *later = connection.execute(query, [int(found["position"])]).fetchall()
    assert head.startswith(found["head"]), verdict
    return [action for _, action, _ in later]


def count_territories(urls: DatabaseUrls, service: str) -> int:
    """Entries of the territorial register that a service has."""
    with psycopg.connect(urls.app[service]) as connection:
        return connection.execute("select count(*) from territory").fetchall()[0][0]
