"""Alembic environment of calls."""

from alembic import context

from miernik_calls.models import metadata
from miernik_shared.migrations import run_environment

run_environment(context.config, metadata)
