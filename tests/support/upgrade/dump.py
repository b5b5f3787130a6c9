"""Dump of the database of all services, which a later version can load and migrate.

A tar file, compressed with zstd, that any PostgreSQL can read: `manifest.json` (revisions, tables, sequences) and one
`<schema>/<table>.copy` a table in the text format of COPY. Tables come in the order in which they can be loaded.
"""

from __future__ import annotations

import graphlib
import io
import json
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
import zstandard
from psycopg import sql

from miernik_local.provision import SERVICES, DatabaseUrls
from miernik_shared.migrations import upgrade

_MANIFEST = "manifest.json"
_LEVEL = 19
_VERSION_TABLE = "alembic_version"

_TABLES = """
    select relname, array_agg(attname::text order by attnum)
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relnamespace = %s::regnamespace and relkind = 'r' and relname <> %s
        and attnum > 0 and not attisdropped and attgenerated = ''
    group by relname order by relname
"""
_REFERENCES = """
    select referring.relname, referred.relname
    from pg_constraint
        join pg_class referring on referring.oid = conrelid
        join pg_class referred on referred.oid = confrelid
    where contype = 'f' and conrelid <> confrelid and connamespace = %s::regnamespace
"""
_SEQUENCES = """
    select sequencename, last_value from pg_sequences
    where schemaname = %s and last_value is not null order by sequencename
"""


@dataclass(frozen=True)
class Table:
    """A table of a dump; its rows are in the file `<schema>/<name>.copy`."""

    schema: str
    name: str
    columns: list[str]

    @property
    def file(self) -> str:
        return f"{self.schema}/{self.name}.copy"

    @property
    def identifier(self) -> sql.Composable:
        return sql.Identifier(self.schema, self.name)

    @property
    def column_list(self) -> sql.Composable:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


@dataclass(frozen=True)
class Manifest:
    """Contents of a dump: the Alembic revision of each service, its tables, the last values of its sequences."""

    revisions: dict[str, str]
    tables: list[Table]
    sequences: dict[str, dict[str, int]]


def write_dump(file: Path, superuser_url: str) -> None:
    """Dump all schemas as of one moment."""
    with psycopg.connect(superuser_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        manifest = _read_manifest(connection)
        contents = {_MANIFEST: json.dumps(asdict(manifest), indent=1).encode()}
        contents |= {table.file: _read_rows(connection, table) for table in manifest.tables}
    file.write_bytes(zstandard.compress(_archive(contents), _LEVEL))


def restore_dump(file: Path, urls: DatabaseUrls) -> None:
    """Migrate empty schemas to the revisions of a dump, then load its rows, each schema as its owner."""
    manifest, contents = _read_dump(file)
    for service in SERVICES:
        upgrade(service, urls.owner[service], manifest.revisions[service])
        with psycopg.connect(urls.owner[service]) as connection:
            _load_rows(connection, [table for table in manifest.tables if table.schema == service], contents)
            for sequence, value in manifest.sequences[service].items():
                connection.execute("select setval(%s::regclass, %s)", [f"{service}.{sequence}", value])


def _read_manifest(connection: psycopg.Connection[Any]) -> Manifest:
    version = sql.SQL("select version_num from {}")
    revisions = {
        service: connection.execute(version.format(sql.Identifier(service, _VERSION_TABLE))).fetchall()[0][0]
        for service in SERVICES
    }
    tables = [table for service in SERVICES for table in _tables_of(connection, service)]
    sequences = {service: dict(connection.execute(_SEQUENCES, [service]).fetchall()) for service in SERVICES}
    return Manifest(revisions, tables, sequences)


def _tables_of(connection: psycopg.Connection[Any], service: str) -> list[Table]:
    """Tables of a schema, each after those that its foreign keys lead to."""
    columns = dict(connection.execute(_TABLES, [service, _VERSION_TABLE]).fetchall())
    order = graphlib.TopologicalSorter[str]({name: [] for name in columns})
    for referring, referred in connection.execute(_REFERENCES, [service]).fetchall():
        order.add(referring, referred)
    return [Table(service, name, columns[name]) for name in order.static_order()]


def _read_rows(connection: psycopg.Connection[Any], table: Table) -> bytes:
    # In the order of all columns, so that the same data give the same bytes wherever they lie on the disk.
    rows = sql.SQL('copy (select {0} from {1} order by {1}.*::text collate "C") to stdout')
    with connection.cursor() as cursor, cursor.copy(rows.format(table.column_list, table.identifier)) as copy:
        return b"".join(bytes(block) for block in copy)


def _load_rows(connection: psycopg.Connection[Any], tables: list[Table], contents: dict[str, bytes]) -> None:
    # Migrations put some rows there themselves, and the dump has them, too.
    names = sql.SQL(", ").join(table.identifier for table in tables)
    connection.execute(sql.SQL("truncate {}").format(names))
    for table in tables:
        load = sql.SQL("copy {} ({}) from stdin").format(table.identifier, table.column_list)
        with connection.cursor() as cursor, cursor.copy(load) as copy:
            copy.write(contents[table.file])


def _archive(contents: dict[str, bytes]) -> bytes:
    """A tar file without times and owners."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def _read_dump(file: Path) -> tuple[Manifest, dict[str, bytes]]:
    archive = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(file.read_bytes())).read()
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None, member.name
            contents[member.name] = content.read()
    manifest = json.loads(contents.pop(_MANIFEST))
    tables = [Table(**table) for table in manifest["tables"]]
    return Manifest(manifest["revisions"], tables, manifest["sequences"]), contents
