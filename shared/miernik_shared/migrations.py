"""Alembic for one service, with its migrations beside its package and its version table in its schema."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from sqlalchemy import Connection, MetaData, create_engine, text

from miernik_shared.database import driver_url

_SCHEMA_SQL = Path(__file__).parent / "changelog" / "schema.sql"


def migrations_folder(service: str) -> Path:
    """Folder ``services/<service>/migrations`` of the checkout, or ``/app/migrations`` of the service's image."""
    checkout = Path(__file__).parents[2] / "services" / service / "migrations"
    return checkout if checkout.is_dir() else Path("/app/migrations")


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Migrate the schema of a service, by default to its newest revision. ``url`` needs the owner's role."""
    _run(service, url, lambda config: command.upgrade(config, revision))


def check(service: str, url: str) -> None:
    """Compare the models with the migrated schema. Raises ``alembic.util.CommandError`` when they differ."""
    _run(service, url, command.check)


def _run(service: str, url: str, action: Callable[[Config], None]) -> None:
    engine = create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            # Serializes concurrent migrations: the second one waits and finds nothing to do.
            connection.execute(
                text("select pg_advisory_xact_lock(hashtext('miernik migrations ' || current_schema()))")
            )
            config = Config()
            config.set_main_option("script_location", str(migrations_folder(service)))
            config.attributes["connection"] = connection
            action(config)
    finally:
        engine.dispose()


def run_environment(config: Config, metadata: MetaData) -> None:
    """Run Alembic's migrations on the connection in ``config``; the body of every ``env.py``."""
    from alembic import context

    connection: Connection = config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def create_change_log(op: Operations) -> None:
    """Create the change log: the body of every service's first migration.

    The service's own role may append rows and move cursors, nothing else.
    """
    op.execute(_SCHEMA_SQL.read_text(encoding="utf-8"))
    role = op.get_bind().execute(text("select quote_ident(current_schema() || '_app')")).scalar_one()
    op.execute(f"revoke insert on change, head from {role}")
    op.execute(f"grant update on follower_cursor to {role}")
    op.execute(f"grant update, delete on idempotency_key, external_identifier to {role}")
