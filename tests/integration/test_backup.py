"""Backup and restoring: all schemas of one moment come back, and what cannot be restored changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.support.databases.postgres import ROLE_PASSWORDS, PostgresServer
from typer.testing import CliRunner

from miernik_local.administered_database import ADMINISTRATOR_URL, AdministeredDatabase, read_positions
from miernik_local.audit import verify_audit
from miernik_local.backup import write_backup
from miernik_local.commands import app
from miernik_local.postgres_programs import PostgresFailed, run_client_program
from miernik_local.provision import SERVICES, DatabaseUrls
from miernik_local.restore import RestoreRefused, restore_backup

NOTE = "zażółć gęślą jaźń"


@pytest.fixture
def administered(postgres_server: PostgresServer, database: DatabaseUrls) -> Iterator[AdministeredDatabase]:
    name = database.superuser.rpartition("/")[2]
    administered = AdministeredDatabase(database.superuser, name, ROLE_PASSWORDS)
    yield administered
    with psycopg.connect(postgres_server.superuser_url, autocommit=True) as connection:
        for (former,) in connection.execute("select datname from pg_database where starts_with(datname, %s)", [name]):
            if former != name:
                connection.execute(sql.SQL("drop database {}").format(sql.Identifier(former)))


def record(urls: DatabaseUrls, note: str) -> None:
    """Append one change to the log of each service, as the service's own role."""
    for service in SERVICES:
        with psycopg.connect(urls.app[service]) as connection:
            connection.execute(
                "select append_change('tests', 'test', 'test.noted', %s, '{}'::jsonb, null, null)", [note]
            )  # fmt: skip


def positions(database: AdministeredDatabase) -> dict[str, int]:
    with psycopg.connect(database.url) as connection:
        return read_positions(connection)


def subjects(urls: DatabaseUrls) -> set[str]:
    with psycopg.connect(urls.superuser) as connection:
        return {
            subject
            for service in SERVICES
            for (subject,) in connection.execute(f"select subject from {service}.change".encode())
        }


def verdicts(urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    for service in SERVICES:
        monkeypatch.setenv(f"MIERNIK_{service.upper()}_DATABASE_URL", urls.app[service])
    return [verdict.whole for verdict in verify_audit()]


def test_restored_database_is_the_one_of_the_backup(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(database, NOTE)
    written = write_backup(administered, tmp_path / "backup.dump")
    record(database, "later")

    restored = restore_backup(administered, written.file)

    assert restored.positions == written.positions == positions(administered)
    assert subjects(database) == {NOTE}
    assert verdicts(database, monkeypatch) == [True] * len(SERVICES)
    record(database, "goes on")
    assert subjects(database) == {NOTE, "goes on"}


def test_former_database_is_kept_aside(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path
) -> None:
    written = write_backup(administered, tmp_path / "backup.dump")
    record(database, "later")

    restored = restore_backup(administered, written.file)

    assert restored.former is not None
    with psycopg.connect(administered.at(restored.former)) as connection:
        assert connection.execute("select subject from calls.change").fetchall() == [("later",)]


def test_rights_of_the_roles_come_back(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path
) -> None:
    restore_backup(administered, write_backup(administered, tmp_path / "backup.dump").file)
    with psycopg.connect(database.app["calls"]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select from contracts.change")
    with psycopg.connect(database.app["calls"]) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("delete from calls.change")


def test_backup_is_private_and_replaces_no_file(administered: AdministeredDatabase, tmp_path: Path) -> None:
    file = tmp_path / "backup.dump"
    write_backup(administered, file)
    content = file.read_bytes()
    with pytest.raises(FileExistsError):
        write_backup(administered, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["backup.dump"]


@pytest.mark.parametrize("size", [0, 1, 100, -100])
def test_cut_backup_changes_nothing(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path, size: int
) -> None:
    record(database, NOTE)
    file = write_backup(administered, tmp_path / "backup.dump").file
    file.write_bytes(file.read_bytes()[:size])
    assert_refused(administered, file, "incomplete|pg_restore failed")
    assert subjects(database) == {NOTE}


def test_backup_with_a_changed_past_changes_nothing(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path
) -> None:
    record(database, NOTE)
    with psycopg.connect(database.superuser) as connection:
        connection.execute("update contracts.change set subject = 'forged'")
    file = write_backup(administered, tmp_path / "backup.dump").file
    assert_refused(administered, file, "contracts: hash at 1")


def test_restoring_while_services_run_is_refused(
    database: DatabaseUrls, administered: AdministeredDatabase, tmp_path: Path
) -> None:
    file = write_backup(administered, tmp_path / "backup.dump").file
    with psycopg.connect(database.app["gateway"]):
        assert_refused(administered, file, "in use by gateway_app")


def test_dump_of_another_database_is_refused(
    postgres_server: PostgresServer, administered: AdministeredDatabase, tmp_path: Path
) -> None:
    file = tmp_path / "other.dump"
    run_client_program("pg_dump", ["--format", "custom", "--file", str(file)], administered.at("postgres"))
    assert_refused(administered, file, "it has no schema calls")


def test_commands_say_what_they_did(
    administered: AdministeredDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADMINISTRATOR_URL, administered.url)
    file = str(tmp_path / "backup.dump")
    written = CliRunner().invoke(app, ["backup", file])
    again = CliRunner().invoke(app, ["backup", file])
    restored = CliRunner().invoke(app, ["restore", file])
    refused = CliRunner().invoke(app, ["restore", str(tmp_path / "none")])

    assert (written.exit_code, again.exit_code, restored.exit_code, refused.exit_code) == (0, 1, 0, 1)
    assert "Positions: calls=0, contracts=0, indicators=0, gateway=0" in written.output
    assert "exists already" in again.output
    assert f"The former database is kept as {administered.name}_before_" in restored.output
    assert "nothing was restored" in refused.output


def assert_refused(database: AdministeredDatabase, file: Path, reason: str) -> None:
    before = positions(database)
    with pytest.raises((RestoreRefused, PostgresFailed), match=reason):
        restore_backup(database, file)
    assert positions(database) == before
    with psycopg.connect(database.at("postgres")) as connection:
        left = connection.execute(
            "select datname from pg_database where starts_with(datname, %s)", [f"{database.name}_"]
        )  # fmt: skip
        assert left.fetchall() == []
