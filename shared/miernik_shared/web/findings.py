"""Findings of uploads in responses, and as a paged list."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import column

from miernik_shared.database import AnyRow
from miernik_shared.stored_findings import StoredFindings
from miernik_shared.uploads.findings import TableFinding
from miernik_shared.web.endpoint_declarations import FieldErrorBody
from miernik_shared.web.keyset_lists import Keyset, PageRequest
from miernik_shared.web.paging import Page
from miernik_shared.web.unit_of_work import UnitOfWork

_FINDING_ORDER = Keyset("findings", (column("finding_no"),), (int,))


class Finding(FieldErrorBody):
    """Finding in an upload: an error excludes its row, a warning does not, an unlikely value needs a confirmation."""

    severity: Literal["error", "warning", "confirm"]


def render_findings(work: UnitOfWork, findings: Sequence[TableFinding]) -> list[Finding]:
    """Render findings with sentences in the caller's language."""
    catalogue, language = work.service.catalogue, work.language
    return [
        Finding.model_validate(catalogue.field_error(one.as_error(), language) | {"severity": one.severity})
        for one in findings
    ]


def findings_from_rows(rows: Sequence[AnyRow]) -> list[TableFinding]:
    """Findings from rows of :meth:`StoredFindings.read_after`."""
    return [TableFinding(row.row_no, row.column_name, row.severity, row.code, row.params, row.token) for row in rows]


async def read_findings_page(
    work: UnitOfWork, findings: StoredFindings, upload_no: int, paging: PageRequest
) -> Page[Finding]:
    """One page of the findings of an upload, by row and column."""
    after = paging.read_cursor(_FINDING_ORDER)
    rows = await findings.read_after(work.connection, upload_no, after[0] if after else 0, paging.limit + 1)
    page = paging.cut_page(_FINDING_ORDER, rows)
    return Page(items=render_findings(work, findings_from_rows(page.rows)), next=page.next)
