"""TCP ports of this machine's loopback address."""

from __future__ import annotations

import socket
from collections.abc import Container
from random import randrange

HOST = "127.0.0.1"
# Below the numbers that systems give to outgoing connections: a port of ours stays free while its server is down.
LASTING_PORTS = (20_000, 30_000)


def next_free_port(preferred: int, besides: Container[int] = ()) -> int:
    """The preferred port, or the nearest one above that is free and not in `besides`."""
    return next(port for port in range(preferred, 65536) if port not in besides and port_is_free(port))


def free_port(besides: Container[int] = ()) -> int:
    """Return a free port, which a server can use again after a restart."""
    return next_free_port(randrange(*LASTING_PORTS), besides)  # noqa: S311 - nobody has to guess it


def port_is_free(port: int) -> bool:
    """Whether a server could listen on a port of the loopback address."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
