"""Entry point of the command `miernik`.

It imports nothing of ours until Ctrl-C is taken care of: the imports of the commands take a second, in which an
interruption would print a traceback.
"""

from __future__ import annotations

import signal
import sys

INTERRUPTED = 130  # as a shell reports a process that ended by Ctrl-C


def main() -> None:
    """Run the command line."""
    # `make demo` ignores Ctrl-C while the interpreter starts, which would print a traceback too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        from miernik_local.commands import app

        app()
    except KeyboardInterrupt:
        sys.exit(_say_stopped())


def _say_stopped() -> int:
    print("\nStopped.", file=sys.stderr)
    return INTERRUPTED
