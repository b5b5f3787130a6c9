"""Requests of a how-to page, run by a shell as they stand there, with the variables that the page tells to set."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOWTOS = Path(__file__).parents[2] / "docs/howto"
# A page's own curl, which also tells its status: in the order of the requests, those in substitutions included.
_TOLD = """curl() { command curl -w '\\n%{stderr}%{http_code} %{method}\\n' "$@"; }"""


@dataclass(frozen=True)
class Course:
    """Results of a page: statuses of its requests, `HEAD` and `GET` left out if they succeeded, and JSON answers."""

    statuses: list[int]
    answers: list[dict[str, Any]]


def pages_with_requests() -> list[str]:
    """Names of the pages that have requests."""
    return sorted(page.name for page in HOWTOS.glob("*.md") if "curl -sS" in page.read_text(encoding="utf-8"))


def run_page(name: str, variables: Mapping[str, str]) -> Course:
    """Run the blocks of a page that call the API, all in one shell. A command that fails ends the course."""
    page = (HOWTOS / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    known = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    script = "\n".join(["set -eu", *known, _TOLD, *(block for block in blocks if "curl -sS" in block)])
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, (name, done.stderr[-2000:], done.stdout[-2000:])
    told = re.findall(r"^(\d{3}) ([A-Z]+)$", done.stderr, re.MULTILINE)
    statuses = [int(status) for status, method in told if method in ("POST", "PUT") or not status.startswith("2")]
    return Course(statuses, [json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "["))])
