"""Invalidation of cached keys after a change in the gateway's change log."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from miernik_gateway.clients.authentication import KnownKeys
from miernik_shared.changelog.feed import Feed
from miernik_shared.changelog.signal import ChangeSignal

_LONGEST_WAIT_SECONDS = 60.0
log = logging.getLogger(__name__)


async def watch_for_revocations(keys: KnownKeys, feed: Feed, signal: ChangeSignal) -> None:
    """Clear the key cache after every change in the log, until cancelled. Without the database, keys expire in time."""
    last = -1
    while True:
        generation = signal.generation
        try:
            head = await feed.head()
            if head != last:
                keys.forget()
                last = head
        except (SQLAlchemyError, OSError) as error:
            log.warning("the log could not be watched: %s", type(error).__name__)
            await asyncio.sleep(1)
        await signal.wait(generation, _LONGEST_WAIT_SECONDS)
