"""Files that only their owner may read: passwords, keys and the demo's state."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, cast


class DamagedFile(RuntimeError):
    """A file does not hold what was written to it, as after a full disk or an edit by hand."""


def write_private_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file as a whole: a reader, or a crash midway, sees the old content or the new one."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_private_json(path: Path) -> dict[str, Any]:
    """Return the file's content, or an empty dictionary where there is no file yet. Raises DamagedFile."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFile(f"{path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise DamagedFile(f"{path} is damaged: it does not hold a JSON object")
    return cast(dict[str, Any], content)


def read_process_notes(path: Path) -> dict[str, Any]:
    """Return the content of a file that notes running processes; a damaged one is like a missing one.

    Such a note serves to end processes that outlived their launcher. Without it none can be told from a stranger's.
    """
    with suppress(DamagedFile):
        return read_private_json(path)
    return {}
