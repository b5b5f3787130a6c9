"""Binding of a child process to the life of this one, even when this one is killed with -9.

Linux only: the kernel sends the child a signal when the thread that started it ends, so children are started from the
main thread. Elsewhere a killed launcher leaves its children behind, and the next start ends the ones it finds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1

# Loaded here and not in the child: between fork and exec a child may do very little safely.
_libc = ctypes.CDLL(None)


def dies_with_us(death_signal: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` after which the child receives `death_signal` when its parent ends."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()

    def arm() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # the parent ended before the kernel knew of the wish
            os.kill(os.getpid(), death_signal)

    return arm
