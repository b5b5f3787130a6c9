"""The embedded cluster: it starts, stops, keeps its data and comes back after every kind of crash."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from miernik_local.postgres import Cluster, ClusterInUse
from miernik_local.postgres_programs import PostgresFailed

PARAMETERS = {"fsync": "off"}


@pytest.fixture
def directory() -> Iterator[Path]:
    """Not pytest's own temporary directory: it is closed to the account that PostgreSQL runs under."""
    with tempfile.TemporaryDirectory(prefix="miernik-test-") as path:
        yield Path(path) / "postgres"


@pytest.fixture
def cluster(directory: Path) -> Iterator[Cluster]:
    cluster = Cluster(directory, PARAMETERS)
    cluster.start()
    yield cluster
    cluster.stop("immediate")


def write_note(cluster: Cluster, note: str) -> None:
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [note])


def notes(cluster: Cluster) -> list[str]:
    with psycopg.connect(cluster.url()) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note")]


def test_a_new_cluster_speaks_utf8_with_the_builtin_locale(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        upper = connection.execute("SELECT upper('zażółć gęślą jaźń')").fetchone()
    assert row == ("UTF8", "b", "C.UTF-8")
    assert upper == ("ZAŻÓŁĆ GĘŚLĄ JAŹŃ",)


def test_passwords_are_required_and_kept_from_others(cluster: Cluster) -> None:
    wrong = cluster.url().replace("postgres:", "postgres:x", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    assert (cluster.directory / "cluster.json").stat().st_mode & 0o777 == 0o600
    assert cluster.log.stat().st_mode & 0o777 == 0o600


def test_parameters_reach_the_server(directory: Path) -> None:
    with Cluster(directory, {"fsync": "off", "max_connections": "37"}) as cluster:
        connection = psycopg.connect(cluster.url())
        with connection:
            assert connection.execute("SHOW max_connections").fetchone() == ("37",)


def test_a_restart_keeps_data_address_and_password(cluster: Cluster) -> None:
    write_note(cluster, "before")
    address = cluster.url()
    cluster.stop()
    again = Cluster(cluster.directory, PARAMETERS)
    with again:
        assert again.url() == address
        assert notes(again) == ["before"]


def test_an_immediate_stop_is_recovered_from(cluster: Cluster) -> None:
    write_note(cluster, "committed")
    cluster.stop("immediate")
    cluster.start()
    assert notes(cluster) == ["committed"]
    assert "automatic recovery in progress" in cluster.log.read_text()


def test_a_killed_server_is_recovered_from(cluster: Cluster) -> None:
    write_note(cluster, "committed")
    os.kill(cluster.pid, signal.SIGKILL)
    cluster.stop()
    cluster.start()
    assert notes(cluster) == ["committed"]


def test_a_stale_pid_file_that_names_a_stranger_is_passed_over(cluster: Cluster) -> None:
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    cluster.stop("immediate")
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_two_launchers_do_not_share_a_cluster(cluster: Cluster) -> None:
    with pytest.raises(ClusterInUse):
        Cluster(cluster.directory, PARAMETERS).start()
    with psycopg.connect(cluster.url()):
        pass


def test_another_port_is_taken_when_the_remembered_one_is_busy(cluster: Cluster) -> None:
    write_note(cluster, "kept")
    address = psycopg.conninfo.conninfo_to_dict(cluster.url())
    cluster.stop()
    with socket.socket() as occupant:
        # The server's own connections may linger there.
        occupant.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        occupant.bind((str(address["host"]), int(str(address["port"]))))
        occupant.listen()
        cluster.start()
        assert notes(cluster) == ["kept"]
        assert psycopg.conninfo.conninfo_to_dict(cluster.url())["port"] != address["port"]


def test_a_server_that_does_not_start_says_why(directory: Path) -> None:
    broken = Cluster(directory, {"fsync": "off", "shared_buffers": "none"})
    with pytest.raises(PostgresFailed, match="shared_buffers"):
        broken.start()
    with Cluster(directory, PARAMETERS):
        pass  # and it holds nothing that keeps the next one from starting


def test_an_initialisation_that_was_cut_short_is_done_again(directory: Path) -> None:
    (directory / "data.new" / "base").mkdir(parents=True)
    with Cluster(directory, PARAMETERS) as cluster:
        write_note(cluster, "whole")
        assert notes(cluster) == ["whole"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends what was left")
def test_a_server_ends_with_its_killed_launcher(directory: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from miernik_local.postgres import Cluster\n"
        "cluster = Cluster(Path(sys.argv[1]), {'fsync': 'off'}); cluster.start()\n"
        "print(cluster.pid, flush=True); time.sleep(60)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script, directory], stdout=subprocess.PIPE, text=True)
    with launcher:
        assert launcher.stdout is not None
        server = psutil.Process(int(launcher.stdout.readline()))
        launcher.kill()
    deadline = time.monotonic() + 10
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    with Cluster(directory, PARAMETERS) as cluster:
        write_note(cluster, "next start")
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE
