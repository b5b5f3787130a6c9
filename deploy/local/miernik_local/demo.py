"""`miernik demo`: everything on this machine, with a sample region, until Ctrl-C."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from miernik_local.demo_state import DEMO_DIRECTORY, DemoState, command
from miernik_local.first_run import RunningParts, complete_first_run
from miernik_local.greeting import greeting
from miernik_local.keys import signing_keys
from miernik_local.ports import held_listeners
from miernik_local.postgres import Cluster
from miernik_local.private_files import write_private_json
from miernik_local.processes import PREFERRED_PORTS, migrate, part_commands, part_environment, ports_of
from miernik_local.provision import SERVICES, DatabaseUrls, provision
from miernik_local.stop_signals import StopRequested, stop_on_signals
from miernik_local.supervisor import Supervisor

console = Console(soft_wrap=True, highlight=False, markup=False)


def run_demo(directory: Path = DEMO_DIRECTORY, port: int = PREFERRED_PORTS["gateway"]) -> None:
    """Start everything, the gateway at `port` or above, and stay until a signal asks to stop.

    Raises ClusterInUse where a demo runs already, OperationFailed, PostgresFailed and NotReady where a part fails.
    """
    try:
        with stop_on_signals():
            _run(directory, port)
    except StopRequested:
        console.show_cursor()  # the progress bar hides it, and its thread ends without a word
        console.print(
            f"\nStopped. Data and keys are kept in {directory}; {command('demo-reset', directory)} drops them."
        )


def _run(directory: Path, port: int) -> None:
    state = DemoState.read(directory)
    with Cluster(state.cluster_directory) as cluster, _launcher_noted(directory):
        _say_what_was_opened(cluster)
        console.print("PostgreSQL is up, bringing the schemas up to date …")
        urls = provision(cluster.url(), state.role_passwords)
        migrate_all(urls)
        keys = signing_keys(state.keys_file)
        with held_listeners({**PREFERRED_PORTS, "gateway": port}) as listeners:
            ports = ports_of(listeners)
            _say_which_ports_moved({**PREFERRED_PORTS, "gateway": port}, ports)
            with Supervisor(part_commands(urls, keys, listeners), state.log_directory) as supervisor:
                parts = RunningParts(ports, part_environment("gateway", urls, keys, ports))
                _serve(supervisor, cluster, lambda: _set_up_and_greet(parts, state))


def _serve(supervisor: Supervisor, cluster: Cluster, set_up: Callable[[], None]) -> None:
    """Restart what dies, PostgreSQL too, until `set_up`, which runs beside, fails."""
    setup = in_background(set_up)
    supervisor.supervise(
        until=lambda: setup.done() and setup.exception() is not None,
        beside=lambda: _restart_if_dead(cluster),
    )
    setup.result()


def _restart_if_dead(cluster: Cluster) -> None:
    if cluster.has_died():
        console.print("PostgreSQL has ended unexpectedly and is started again …")
        cluster.restart()
        console.print("PostgreSQL is up again.")


def migrate_all(urls: DatabaseUrls) -> None:
    """Migrate all services side by side: their schemas do not know of each other. Raises OperationFailed."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(migrate, SERVICES, [urls.owner[service] for service in SERVICES]))


def in_background(work: Callable[[], None]) -> Future[None]:
    """Run `work` in a daemon thread: it must not hold up the end of the process, as an executor's thread would."""
    outcome: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except Exception as error:  # handed to whoever asks for the result
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    threading.Thread(target=run, daemon=True).start()
    return outcome


def _set_up_and_greet(parts: RunningParts, state: DemoState) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        region = complete_first_run(parts, state, progress)
    console.print(greeting(parts.gateway_url, state, region))


def _say_what_was_opened(cluster: Cluster) -> None:
    for opened in cluster.opened_directories:
        console.print(f"chmod o+x {opened}: PostgreSQL does not run as root, its account passes through there")


def _say_which_ports_moved(preferred: Mapping[str, int], ports: Mapping[str, int]) -> None:
    for part, port in ports.items():
        if port != preferred[part]:
            console.print(f"port {preferred[part]} is taken, {part} listens on {port}")


@contextmanager
def _launcher_noted(directory: Path) -> Generator[None]:
    """Record this process for `demo-reset`; the start time distinguishes it from a later one with the same id."""
    note = directory / "launcher.json"
    write_private_json(note, {"pid": os.getpid(), "started_at": psutil.Process().create_time()})
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
