"""Idempotency keys: a request repeated with its key gets the stored response and is not executed again.

The response is stored in the transaction of the request itself, for 90 days. Stored are 2xx responses and refusals by
a rule (409, and 422 where an attempt was recorded). Not stored are responses to requests that cannot be parsed, and
refusals whose cause may be gone when the request is repeated.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.problems import FieldError, Problem
from miernik_shared.tables import TableKind, table_kind

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
# Printable ASCII characters, no blank at either end, and no comma, by which proxies join repeated headers.
_USABLE_KEY = re.compile(rf"(?=.{{1,{LONGEST_KEY}}}\Z)[!-+\--~]+(?: +[!-+\--~]+)*")
REPLAYED = "Idempotency-Replayed"
# True if this transaction got the advisory lock of the name; false, without waiting, if another one has it.
_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(current_schema() || :name, 0))")


def idempotency_table(metadata: MetaData) -> Table:
    """Declare the table of stored responses in the metadata of a service."""
    return Table(
        "idempotency_key",
        metadata,
        Column("client", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Index("idempotency_key_expires_at", "expires_at"),
        info=table_kind(TableKind.WORKING),
    )


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256 of the parts by which two requests with one key count as the same request.

    ``former`` is the digest without the headers, under which responses were stored until ``digest`` covered those: a
    request that was sent before an upgrade and is repeated after it must not be executed twice.
    """

    digest: bytes
    former: bytes


def fingerprint_request(method: str, path: str, query: str, headers: Sequence[str | None], body: bytes) -> Fingerprint:
    """Fingerprint of a request; ``headers`` are the values of all headers that change its meaning."""
    former = hashlib.sha256(f"{method} {path}?{query}\n".encode())
    former.update(body)
    # Each part with its length: no two different requests are the same sequence of bytes.
    head = "".join("-" if part is None else f"{len(part)}:{part}" for part in (method, path, query, *headers))
    digest = hashlib.sha256(f"{len(head)}:{head}".encode())
    digest.update(body)
    return Fingerprint(digest.digest(), former.digest())


def require_usable_key(key: str) -> None:
    """Raise 400 for a key that is empty, too long, or has a comma or another character than printable ASCII."""
    if not _USABLE_KEY.fullmatch(key):
        params = {"longest": str(LONGEST_KEY)}
        error = FieldError(f"/headers/{HEADER}", "idempotency_key_unusable", params)
        raise Problem(400, "idempotency_key_unusable", params, [error])


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """Response to the first request with a key."""

    status: int
    headers: dict[str, str]
    body: bytes


class IdempotencyStore:
    """Stored responses of one service."""

    def __init__(self, table: Table) -> None:
        live = table.c.expires_at > func.now()
        of_key = (table.c.client == bindparam("client"), table.c.key == bindparam("key"))
        self._find = select(table).where(*of_key, live)
        self._upsert = _build_upsert(table)

    async def claim_key(
        self, connection: AsyncConnection, client: str, key: str, fingerprint: Fingerprint
    ) -> StoredResponse | None:
        """Return the stored response of the key, or ``None`` and lock the key for this transaction.

        Raises 409 while another request has it locked, 422 if its request was another one.
        """
        if not (await connection.execute(_LOCK, {"name": f"/idempotency/{client}/{key}"})).scalar_one():
            raise Problem(409, "request_in_progress", headers={"Retry-After": "1"})
        row = (await connection.execute(self._find, {"client": client, "key": key})).one_or_none()
        if row is None:
            return None
        if row.fingerprint not in (fingerprint.digest, fingerprint.former):
            error = FieldError(f"/headers/{HEADER}", "idempotency_key_reused")
            raise Problem(422, "idempotency_key_reused", errors=[error])
        return StoredResponse(row.status, row.headers, row.body)

    async def store_response(
        self, connection: AsyncConnection, client: str, key: str, fingerprint: Fingerprint, response: StoredResponse
    ) -> None:
        """Store the response under a claimed key, replacing an expired one."""
        values = {
            "client": client,
            "key": key,
            "fingerprint": fingerprint.digest,
            "status": response.status,
            "headers": response.headers,
            "body": response.body,
        }
        await connection.execute(self._upsert, values)


def _build_upsert(table: Table) -> Insert:
    expires_at = func.now() + text("interval '90 days'")
    # The other columns are named by the parameters of each execution.
    statement = insert(table).values(expires_at=expires_at)
    names = ("fingerprint", "status", "headers", "body", "expires_at")
    replaced = {name: statement.excluded[name] for name in names}
    return statement.on_conflict_do_update(index_elements=["client", "key"], set_=replaced)
