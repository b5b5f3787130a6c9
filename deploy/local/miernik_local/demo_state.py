"""State of the demo between starts, in `.demo/` at the root of the checkout.

.demo/state.json     role passwords, clients' keys, what was loaded; 0600
.demo/keys.json      the parts' signing keys; 0600
.demo/launcher.json  the running launcher, while there is one
.demo/postgres/      the database cluster
.demo/logs/          output of each part
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from miernik_local.private_files import DamagedFile, read_private_json, write_private_json
from miernik_local.provision import new_role_passwords

REPOSITORY = Path(__file__).resolve().parents[3]
DEMO_DIRECTORY = REPOSITORY / ".demo"


def command(name: str, directory: Path) -> str:
    """Command line that runs a command for the demo in a directory."""
    elsewhere = "" if directory == DEMO_DIRECTORY else f" --state {directory}"
    return f".venv/bin/miernik {name}{elsewhere}"


@dataclass(frozen=True)
class SampleRegion:
    """Sample data for the first requests: the unit of a gmina and one of its returns."""

    gmina_unit_id: str
    sample_curl_query: str
    sample_curl_body: str


@dataclass
class DemoState:
    """State of the demo, stored after every step of the first run so that an interrupted run can resume."""

    directory: Path
    role_passwords: dict[str, str] = field(default_factory=new_role_passwords)
    client_keys: dict[str, str] = field(default_factory=dict[str, str])
    region: SampleRegion | None = None

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the stored state, or store a new one with new passwords. Raises DamagedFile."""
        file = directory / "state.json"
        stored = read_private_json(file)
        try:
            region = stored.pop("region", None)
            state = cls(directory, **stored, region=None if region is None else SampleRegion(**region))
        except TypeError as error:
            raise DamagedFile(f"{file} is damaged, or of another version: {error}") from error
        state.write()
        return state

    def write(self) -> None:
        """Store the state."""
        content = asdict(self)
        content.pop("directory")
        self.directory.mkdir(parents=True, exist_ok=True)
        write_private_json(self.directory / "state.json", content)

    @property
    def cluster_directory(self) -> Path:
        """Directory of the database cluster."""
        return self.directory / "postgres"

    @property
    def keys_file(self) -> Path:
        """File of the services' signing keys."""
        return self.directory / "keys.json"

    @property
    def log_directory(self) -> Path:
        """Directory of the services' output."""
        return self.directory / "logs"
