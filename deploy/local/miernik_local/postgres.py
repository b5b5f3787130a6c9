"""An embedded PostgreSQL 18: one cluster in one directory, reached over TCP on 127.0.0.1.

<directory>/cluster.json   port and superuser password, 0600
<directory>/lock           held while a launcher uses the cluster
<directory>/postgres.log
<directory>/data           PostgreSQL's own
"""

from __future__ import annotations

import fcntl
import secrets
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from miernik_local.ports import HOST, free_port, port_is_free
from miernik_local.postgres_account import Account, account_for
from miernik_local.postgres_programs import SUPERUSER, PostgresFailed, installed_trees, launch_server, run_initdb
from miernik_local.postmaster import StopMode, end_orphan, postmaster_lines, stop_process
from miernik_local.private_files import DamagedFile, read_private_json, write_private_json

START_TIMEOUT = 60.0  # seconds; recovery after a crash comes before readiness


class ClusterInUse(RuntimeError):
    """Another launcher runs this cluster."""


class Cluster:
    """A cluster that starts, stops and comes back after a crash.

    `parameters` are settings of the server, such as {"fsync": "off"}. Start it from the main thread: on Linux the
    server ends with the thread that started it.
    """

    def __init__(self, directory: Path, parameters: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.parameters = dict(parameters or {})
        self.opened_directories: list[Path] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._address_given = False  # from then on others know the port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The server's process id. Raises PostgresFailed where it does not run."""
        if self._process is None:
            raise PostgresFailed("PostgreSQL has not been started")
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The superuser's address of a database. Raises DamagedFile where the cluster's password or port is lost."""
        state = read_private_json(self._state_file)
        if not {"password", "port"} <= state.keys():
            raise DamagedFile(f"{self._state_file} is damaged: it names no password or no port")
        return f"postgresql://{SUPERUSER}:{state['password']}@{HOST}:{state['port']}/{database}"

    def start(self) -> None:
        """Start the server, after creating the cluster if it does not exist.

        Raises ClusterInUse where another launcher runs it, PostgresFailed where the server does not start.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            end_orphan(self.data)
            account = self._prepare()
            self._start_server(account)
        except BaseException:
            self.stop("immediate")
            raise

    def has_died(self) -> bool:
        """Whether the server was started and has ended by itself, as after a crash."""
        return self._process is not None and self._process.poll() is not None

    def restart(self) -> None:
        """Start a server that has died, at its port. Raises PostgresFailed where it does not start."""
        end_orphan(self.data)
        self._start_server(account_for(self.data))

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop the server: `fast` ends sessions and writes a checkpoint, `immediate` is a crash to recover from."""
        if self._process is not None:
            stop_process(self._process.pid, mode)
            self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def _state_file(self) -> Path:
        return self.directory / "cluster.json"

    def _take_lock(self) -> None:
        lock = (self.directory / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise ClusterInUse(f"the cluster in {self.directory} is in use by another process") from error
        self._lock = lock

    def _prepare(self) -> Account:
        account = account_for(self.data)
        for tree in installed_trees():
            self.opened_directories += account.open_way_to(tree)
            account.open_tree(tree)
        self.opened_directories += account.open_way_to(self.data)
        if not self.data.exists():
            self._initialise(account)
        self._choose_port()
        return account

    def _initialise(self, account: Account) -> None:
        """Create the cluster in a temporary directory and rename it when complete: initdb may be killed midway."""
        password = secrets.token_urlsafe(24)
        write_private_json(self._state_file, {"password": password})
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = self.directory / "password.new"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        account.own(draft)
        account.own(password_file)
        try:
            run_initdb(draft, password_file, account, durable=self.parameters.get("fsync") != "off")
        finally:
            password_file.unlink()
        draft.rename(self.data)

    def _choose_port(self) -> None:
        """Choose the port of the last start, or another if that is in use now."""
        state = read_private_json(self._state_file)
        if "port" not in state or not port_is_free(state["port"]):
            write_private_json(self._state_file, {**state, "port": free_port()})

    def _settings(self) -> dict[str, str]:
        return {
            "port": str(read_private_json(self._state_file)["port"]),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.parameters,
        }

    def _start_server(self, account: Account) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            log_start = self.log.stat().st_size if self.log.exists() else 0
            self._process = launch_server(self.data, self._settings(), self.log, account)
            if self._becomes_ready(self._process, deadline):
                self._address_given = True
                return
            said = self.log.read_bytes()[log_start:].decode(errors="replace")
            if not self._may_start_now(said):
                raise PostgresFailed(f"PostgreSQL did not start:\n{said[-2000:]}")
        raise PostgresFailed(f"PostgreSQL was not ready within {START_TIMEOUT:.0f} s, see {self.log}")

    def _may_start_now(self, said: str) -> bool:
        """Whether a server that ended with these words can start at the next attempt."""
        if not self._address_given and "could not bind" in said:
            self._choose_port()  # somebody took the port after it was chosen
            return True
        # Backends of a killed server hold its shared memory until they notice; that is a matter of seconds.
        time.sleep(0.2)
        return "pre-existing shared memory block" in said

    def _becomes_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """True when the server takes connections, False when it ended instead or the time is over."""
        while process.poll() is None and time.monotonic() < deadline:
            lines = postmaster_lines(self.data)
            # The eighth line is the server's state; the first one tells this server from a stale file.
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        return False
