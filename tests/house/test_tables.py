"""Kinds of tables: each table declares its own, and the grants of the service's role follow it."""

from __future__ import annotations

import importlib

import psycopg
import pytest
from sqlalchemy import MetaData

from miernik_local.provision import DatabaseUrls
from miernik_shared.tables import TableKind

CHANGEABLE = {TableKind.ROLLUP, TableKind.WORKING}
SERVICES = ("calls", "contracts", "indicators", "gateway")
_PRIVILEGES = """
    select relname, has_table_privilege(%(role)s, oid, 'update') or has_table_privilege(%(role)s, oid, 'delete')
    from pg_class where relnamespace = %(schema)s::regnamespace and relkind = 'r'
"""


def metadata_of(service: str) -> MetaData:
    return importlib.import_module(f"miernik_{service}.models").metadata


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_says_its_kind(service: str) -> None:
    assert [table.name for table in metadata_of(service).sorted_tables if "kind" not in table.info] == []


@pytest.mark.parametrize("service", SERVICES)
def test_facts_and_versions_can_only_be_appended(service: str, database: DatabaseUrls) -> None:
    with psycopg.connect(database.superuser) as connection:
        rows = connection.execute(_PRIVILEGES, {"role": f"{service}_app", "schema": service}).fetchall()
    changeable = dict(rows)
    kinds = {table.name: table.info["kind"] for table in metadata_of(service).sorted_tables}
    # The head row is moved by append_change alone, which runs with its owner's rights.
    expected = {name: kind in CHANGEABLE and name != "head" for name, kind in kinds.items()}

    assert {name: changeable[name] for name in kinds} == expected
