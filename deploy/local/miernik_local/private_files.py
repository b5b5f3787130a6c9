"""Files that only their owner may read: passwords, keys and the demo's state."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast


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
    """The file's content, or an empty dictionary where there is no file yet."""
    if not path.exists():
        return {}
    return cast(dict[str, Any], json.loads(path.read_text(encoding="utf-8")))
