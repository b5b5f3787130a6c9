"""Rendering of applications for the API."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import polars as pl

from miernik_calls.applications.node_assignment import warn_of_foreign_nodes
from miernik_calls.applications.schemas import Application, ApplicationState
from miernik_calls.applications.stages import validate_stages
from miernik_calls.applications.version_columns import STATE
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId
from miernik_shared.uploads.findings import TableFinding, findings_from_table, sort_findings
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.findings import Finding, render_findings
from miernik_shared.web.unit_of_work import UnitOfWork

_FOREIGN = {"row_no": pl.Int32, "node": pl.String, "call_node": pl.String}


def render_applications(
    work: UnitOfWork, rows: Sequence[AnyRow], known: Mapping[UUID, list[ExternalId]]
) -> list[Application]:
    """Applications with their external ids and warnings, from rows of :func:`queries.select_current_applications`."""
    warnings = _find_warnings(work, rows)
    return [
        Application.model_validate(
            columns_of(row) | {"external_ids": known[row.id], "findings": warnings.get(number, [])},
            extra="ignore",
            context=STORED,
        )
        for number, row in enumerate(rows)
    ]


def render_application(work: UnitOfWork, row: AnyRow, known_ids: list[ExternalId]) -> Application:
    """One application, as in :func:`render_applications`."""
    return render_applications(work, [row], {row.id: known_ids})[0]


def state_of(source: ApplicationState) -> dict[str, Any]:
    """The fields of a state."""
    return {name: getattr(source, name) for name in ApplicationState.model_fields}


def _find_warnings(work: UnitOfWork, rows: Sequence[AnyRow]) -> dict[int, list[Finding]]:
    """Warnings by index of the row. There are no errors: a state with errors is never stored."""
    states = [(number, *(getattr(row, name) for name in STATE)) for number, row in enumerate(rows)]
    table = pl.DataFrame(states, schema={"row_no": pl.Int32, **STATE}, orient="row")
    found: dict[int, list[Finding]] = {}
    foreign = [(number, row.node, row.call_node) for number, row in enumerate(rows) if row.call_node is not None]
    foreign_table = pl.DataFrame(foreign, schema=_FOREIGN, orient="row")
    for one in findings_from_table(
        sort_findings([*validate_stages(table, work.today), warn_of_foreign_nodes(foreign_table)])
    ):
        index = one.row_no if one.row_no is not None else 0
        without_row = TableFinding(None, one.column_name, one.severity, one.code, one.params | {"row": "–"})
        found.setdefault(index, []).extend(render_findings(work, [without_row]))
    return found
