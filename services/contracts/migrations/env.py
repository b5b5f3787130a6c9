"""Alembic environment of contracts."""

from alembic import context

from miernik_contracts.models import metadata
from miernik_shared.migrations import run_environment

run_environment(context.config, metadata)
