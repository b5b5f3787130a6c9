"""Account under which PostgreSQL runs.

PostgreSQL refuses to run as root. An ordinary user runs it as himself; root runs it as an unprivileged account that the
system already has, since a demo should not add users to a machine.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# `postgres` is there on hosts with a PostgreSQL of their own; `nobody` is there on all.
CANDIDATES = ("postgres", "nobody")


class NoUnprivilegedAccount(RuntimeError):
    """Root has no account to run PostgreSQL under."""


@dataclass(frozen=True)
class Account:
    """The user and group that the server's processes take; None leaves ours as it is."""

    user: int | None
    group: int | None

    def own(self, path: Path) -> None:
        """Make the account the owner of a path."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def open_way_to(self, path: Path) -> list[Path]:
        """Let the account pass through the directories above `path`: the search bit alone, no right to list them.

        Returns the directories it changed, so that the launcher can say so.
        """
        if self.user is None:
            return []
        closed = [parent for parent in path.resolve().parents if not parent.stat().st_mode & stat.S_IXOTH]
        for parent in closed:
            parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
        return closed

    def open_tree(self, root: Path) -> None:
        """Let the account read installed files: a strict umask leaves them to their owner."""
        if self.user is None:
            return
        for path in [root, *root.rglob("*")]:
            if path.is_symlink():
                continue
            mode = path.stat().st_mode
            wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
            if mode & wanted != wanted:
                path.chmod(mode | wanted)


def account_for(data_directory: Path) -> Account:
    """The account for a cluster: the owner of existing data, otherwise the first candidate the system knows.

    Raises NoUnprivilegedAccount where root finds none.
    """
    if os.geteuid() != 0:
        return Account(None, None)
    if data_directory.exists():
        owner = data_directory.stat()
        return Account(owner.st_uid, owner.st_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NoUnprivilegedAccount(f"PostgreSQL does not run as root, and none of {', '.join(CANDIDATES)} exists")
