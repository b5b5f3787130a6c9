"""Alembic for one service: its tree lies beside its package, its version table in its schema."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.operations import Operations
from sqlalchemy import Connection, MetaData, create_engine, text

from miernik_shared.database import driver_url

_SCHEMA_SQL = Path(__file__).parent / "changelog" / "schema.sql"


def migrations_folder(service: str) -> Path:
    """``services/<service>/migrations`` of the checkout, or ``/app/migrations`` of the service's image."""
    checkout = Path(__file__).parents[2] / "services" / service / "migrations"
    return checkout if checkout.is_dir() else Path("/app/migrations")


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Migrate the schema of a service, to its newest revision by default. ``url`` is that of the owner's role."""
    _run(service, url, lambda config: command.upgrade(config, revision))


def check(service: str, url: str) -> None:
    """Raises ``alembic.util.CommandError`` when the models and the migrated schema differ."""
    _run(service, url, command.check)


def _run(service: str, url: str, action: Callable[[Config], None]) -> None:
    engine = create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            # Two processes that migrate at once: the second waits and finds nothing to do.
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
    """The body of every ``env.py``."""
    from alembic import context

    connection: Connection = config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def create_change_log(op: Operations) -> None:
    """Body of every service's first migration. The service's own role may append and move cursors, nothing else."""
    op.execute(_SCHEMA_SQL.read_text(encoding="utf-8"))
    role = op.get_bind().execute(text("select quote_ident(current_schema() || '_app')")).scalar_one()
    op.execute(f"revoke insert on change, head from {role}")
    op.execute(f"grant update on follower_cursor to {role}")
    op.execute(f"grant update, delete on idempotency_key, external_identifier to {role}")
