"""Parts of a running service's process, available from any request as ``service_of(request)``."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import HTTPConnection

from miernik_shared.changelog.feed import Feed
from miernik_shared.changelog.follower import Follower
from miernik_shared.changelog.signal import ChangeSignal
from miernik_shared.changelog.tables import ChangeLogTables, change_log_tables
from miernik_shared.external_ids import external_identifier_table
from miernik_shared.idempotency import IdempotencyStore, idempotency_table
from miernik_shared.problems import Catalogue
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import TokenSigner, TokenVerifier
from miernik_shared.settings import ServiceSettings


class ServiceTables:
    """Metadata of one service with the tables that every service has."""

    def __init__(self) -> None:
        self.metadata = MetaData()
        self.change_log: ChangeLogTables = change_log_tables(self.metadata)
        self.idempotency = idempotency_table(self.metadata)
        self.external_identifier = external_identifier_table(self.metadata)


@dataclass
class Service:
    """Parts of a running service."""

    name: str
    settings: ServiceSettings
    tables: ServiceTables
    engine: AsyncEngine
    signal: ChangeSignal
    feed: Feed
    catalogue: Catalogue
    signer: TokenSigner
    verifier: TokenVerifier
    idempotency: IdempotencyStore
    followers: list[Follower] = field(default_factory=list[Follower])
    tasks: list[asyncio.Task[None]] = field(default_factory=list["asyncio.Task[None]"])
    clients: list[ServiceClient] = field(default_factory=list[ServiceClient])
    """Clients of other services, closed at the end."""

    async def start(self) -> None:
        """Start the change signal and the followers."""
        await self.signal.start()
        self.tasks += [asyncio.create_task(follower.run()) for follower in self.followers]

    async def stop(self) -> None:
        """Stop the tasks and close the connections."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.gather(*(client.close() for client in self.clients))
        await self.signal.stop()
        await self.engine.dispose()


def service_of(connection: HTTPConnection) -> Service:
    """Service that serves this request."""
    return connection.app.state.service
