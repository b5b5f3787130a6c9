"""Creation of the database with its roles and schemas, and the addresses of each role."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

DATABASE = "miernik"
SERVICES = ("calls", "contracts", "indicators", "gateway")
PARTS = ("owner", "app")
# Shared with docker-compose.yml. The path works because the launcher runs only from a checkout of the repository.
ROLES_AND_SCHEMAS = Path(__file__).resolve().parents[2] / "postgres" / "roles_and_schemas.sql"


@dataclass(frozen=True)
class DatabaseUrls:
    """Addresses of one database; `owner` and `app` by service."""

    superuser: str
    owner: Mapping[str, str]
    app: Mapping[str, str]


def new_role_passwords() -> dict[str, str]:
    """A password for each role, by role name."""
    return {f"{service}_{part}": secrets.token_urlsafe(24) for service in SERVICES for part in PARTS}


def provision(superuser_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> DatabaseUrls:
    """Make the database where it is missing, with roles and schemas. Repeating it changes nothing but passwords.

    `superuser_url` addresses any database of the server. `passwords` by role name, see `new_role_passwords`.
    """
    create_database(superuser_url, database)
    make_roles_and_schemas(with_database(superuser_url, database), passwords)
    return database_urls(superuser_url, passwords, database)


def create_database(superuser_url: str, database: str) -> None:
    """Create the database if it is missing."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def make_roles_and_schemas(database_url: str, passwords: Mapping[str, str]) -> None:
    """Run deploy/postgres/roles_and_schemas.sql in one transaction; it reads passwords from session settings."""
    with psycopg.connect(database_url) as connection:
        for role, password in passwords.items():
            connection.execute("SELECT set_config(%s, %s, true)", [f"miernik.{role}_password", password])
        # As bytes: psycopg then takes the file for a script of many statements.
        connection.execute(ROLES_AND_SCHEMAS.read_bytes())


def database_urls(superuser_url: str, passwords: Mapping[str, str], database: str = DATABASE) -> DatabaseUrls:
    """Addresses of a database for the superuser and each role."""
    url = with_database(superuser_url, database)
    return DatabaseUrls(
        superuser=url,
        owner={service: with_role(url, f"{service}_owner", passwords) for service in SERVICES},
        app={service: with_role(url, f"{service}_app", passwords) for service in SERVICES},
    )


def with_database(url: str, database: str) -> str:
    """The same address, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))


def with_role(url: str, role: str, passwords: Mapping[str, str]) -> str:
    """The same address, another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(passwords[role], safe='')}@{place}"))
