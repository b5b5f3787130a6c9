"""Alembic environment of indicators."""

from alembic import context

from miernik_indicators.models import metadata
from miernik_shared.migrations import run_environment

run_environment(context.config, metadata)
