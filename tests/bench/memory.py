"""Peak resident memory of a process, as Linux counts it; elsewhere what it holds now."""

from __future__ import annotations

from pathlib import Path

import psutil

KIB_IN_MIB = 1024


def peak_mib(pid: int) -> float:
    """The high-water mark of the resident set since the process began, in MiB."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return psutil.Process(pid).memory_info().rss / KIB_IN_MIB**2
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / KIB_IN_MIB
