"""Sender of the requests of a load. Each can be repeated: those that create carry a fixed ``Idempotency-Key``."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
from rich.progress import Progress

Item = TypeVar("Item")
_AT_ONCE = 4


class LoadFailed(RuntimeError):
    """The API refused a part of the region; the message is its problem detail."""


class Sender:
    """An officer's connection to the gateway."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        media: str | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> httpx.Response:
        """Send a request and return the response. Raises LoadFailed unless it is a success."""
        headers = {"Content-Type": media, "Idempotency-Key": f"demo/{key}" if key else None, "If-Match": if_match}
        sent = {name: value for name, value in headers.items() if value}
        answer = self._client.request(method, path, json=json, content=content, headers=sent)
        if not answer.is_success:
            raise LoadFailed(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer


def side_by_side(items: Sequence[Item], send: Callable[[Item], object], progress: Progress, title: str) -> None:
    """Send independent items, four at a time, with a progress bar. Raises the first error of `send`."""
    task = progress.add_task(title, total=len(items))

    def send_one(item: Item) -> None:
        send(item)
        progress.advance(task)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(send_one, items))
