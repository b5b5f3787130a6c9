"""TCP ports of this machine's loopback address."""

from __future__ import annotations

import socket
from collections.abc import Container, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from random import randrange

HOST = "127.0.0.1"
# Below the numbers that systems give to outgoing connections: a port of ours stays free while its server is down.
LASTING_PORTS = (20_000, 30_000)
HIGHEST_PORT = 65_535
# As many connections as a server accepts to wait; the server sets its own number when it takes the socket over.
WAITING_CONNECTIONS = 128


class NoFreePort(RuntimeError):
    """No port from a number upwards is free."""


@contextmanager
def held_listeners(preferred: Mapping[str, int]) -> Generator[dict[str, socket.socket]]:
    """Listening sockets by name, each at its preferred port or the next free one above it.

    A server inherits its socket, so that nobody else can take the port between the choice and the start of the server,
    nor while the server restarts. Raises NoFreePort.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(_listen_above(port)) for name, port in preferred.items()}


def next_free_port(preferred: int, besides: Container[int] = ()) -> int:
    """The preferred port, or the nearest one above that is free and not in `besides`. Raises NoFreePort."""
    for port in range(preferred, HIGHEST_PORT + 1):
        if port not in besides and port_is_free(port):
            return port
    raise NoFreePort(f"no port from {preferred} upwards is free")


def free_port(besides: Container[int] = ()) -> int:
    """Return a free port, which a server can use again after a restart."""
    return next_free_port(randrange(*LASTING_PORTS), besides)  # noqa: S311 - nobody has to guess it


def port_is_free(port: int) -> bool:
    """Whether a server could listen on a port of the loopback address."""
    try:
        _listen(port).close()
    except OSError:
        return False
    return True


def _listen_above(preferred: int) -> socket.socket:
    for port in range(preferred, HIGHEST_PORT + 1):
        with suppress(OSError):
            return _listen(port)
    raise NoFreePort(f"no port from {preferred} upwards is free")


def _listen(port: int) -> socket.socket:
    """Listen on a port; without the call of `listen`, another process could still bind it. Raises OSError."""
    listener = socket.socket()
    try:
        # As servers do: a port whose last connections are still fading counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. A server that is given a socket does not know it for TCP and leaves it unset, and
        # every answer on a kept connection then waits 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((HOST, port))
        listener.listen(WAITING_CONNECTIONS)
    except OSError:
        listener.close()
        raise
    return listener
