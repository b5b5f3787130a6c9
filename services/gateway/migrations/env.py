"""Alembic environment of gateway."""

from alembic import context

from miernik_gateway.models import metadata
from miernik_shared.migrations import run_environment

run_environment(context.config, metadata)
