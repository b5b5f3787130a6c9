"""Ports that the launcher holds from their choice on."""

from __future__ import annotations

import socket

import pytest

from miernik_local.ports import HOST, NoFreePort, free_port, held_listeners, next_free_port, port_is_free
from miernik_local.processes import ports_of


def test_port_of_a_stranger_moves_to_the_next_free_one() -> None:
    with socket.socket() as stranger:
        stranger.bind((HOST, 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        with held_listeners({"gateway": taken}) as listeners:
            assert ports_of(listeners)["gateway"] > taken


def test_held_ports_cannot_be_taken_and_differ_between_launchers() -> None:
    preferred = dict.fromkeys(("gateway", "calls"), free_port())
    with held_listeners(preferred) as first, held_listeners(preferred) as second:
        ports = [*ports_of(first).values(), *ports_of(second).values()]
        assert len(set(ports)) == 4
        assert not any(port_is_free(port) for port in ports)
    assert all(port_is_free(port) for port in ports)


def test_connection_to_a_held_port_sends_without_delay() -> None:
    with held_listeners({"gateway": free_port()}) as listeners:
        listener = listeners["gateway"]
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_no_port_left_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miernik_local.ports.HIGHEST_PORT", 20)
    with pytest.raises(NoFreePort, match="no port from 30 upwards is free"):
        next_free_port(30)
    with pytest.raises(NoFreePort), held_listeners({"gateway": 30}):
        pass
