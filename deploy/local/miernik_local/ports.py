"""TCP ports of this machine's loopback address."""

from __future__ import annotations

import socket
from collections.abc import Container

HOST = "127.0.0.1"


def next_free_port(preferred: int, besides: Container[int] = ()) -> int:
    """The preferred port, or the nearest one above that is free and not in `besides`."""
    return next(port for port in range(preferred, 65536) if port not in besides and port_is_free(port))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
