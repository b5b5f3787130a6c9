"""Endpoints of lists of applications."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from miernik_calls.application_imports import queries
from miernik_calls.application_imports.annulment import annul_list
from miernik_calls.application_imports.columns import APPLICATIONS
from miernik_calls.application_imports.schemas import ImportReceipt, ImportResult
from miernik_calls.application_imports.service import Outcome, Upload, find_import, import_applications
from miernik_calls.application_imports.views import SHOWN_FINDINGS, import_etag, render_receipts, render_result
from miernik_calls.applications.models import application_import
from miernik_calls.applications.schemas import NewAnnulment
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import Problem
from miernik_shared.uploads.decimal_signs import Sign
from miernik_shared.uploads.media import declared_media_type
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import TableUpload, creates, reads
from miernik_shared.web.error_responses import problem_response
from miernik_shared.web.findings import Finding, read_findings_page
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.readings import DECIMAL
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/application-imports", tags=["applications"], route_class=ScopedRoute)
UPLOAD_LIMIT = 16 * 1024 * 1024
_CELL = {"type": ["string", "number", "null"]}
_ROWS: dict[str, Any] = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": sorted(APPLICATIONS.required),
                "properties": dict.fromkeys(APPLICATIONS.columns, _CELL),
            },
        }
    },
}
_IMPORT = creates(
    "applications:write",
    body=TableUpload(csv=True, ndjson=True, json=_ROWS),
    limit=UPLOAD_LIMIT,
    external_ids=False,
    unchanged="A dry run, or nothing that is new: nothing was stored",
    confirms=True,
)


@router.post("", response_model=ImportResult, **_IMPORT)
async def import_list(
    request: Request,
    work: CurrentUnitOfWork,
    office: Annotated[
        Office | None, Query(description="TERYT code of the voivodeship; the home one by default")
    ] = None,
    partial: Annotated[bool, Query(description="Store the valid rows of a list with errors")] = False,
    dry_run: Annotated[bool, Query(description="Only validate, store nothing; 422 if it would be rejected")] = False,
    decimal: Annotated[Sign | None, Query(description=DECIMAL)] = None,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Import a list of at most 20,000 applications: all of it, or (with `partial`) its valid rows, or nothing.

    Titles above the header, totals and notes below the table and unknown columns are passed over; `reading` names them.

    A row states the whole application of its `number`: it is registered or changed; an equal row changes nothing. An
    empty cell (in JSON, null) clears the field; a column that the list does not have, or in JSON a field that the row
    does not have, leaves it as it is. `call` is a call's number, `organisation` a REGON
    or NIP; both may be `system:value` of another system.
    """
    media_type, charset = declared_media_type(content_type)
    chosen = office or work.service.settings.home_voivodeship
    upload = Upload(chosen, await request.body(), media_type, charset, decimal, partial, dry_run)
    outcome = await import_applications(work, upload)
    result = await render_result(work, upload, outcome)
    if outcome.name == "rejected":
        return _render_rejection(request, outcome, result)
    stored = outcome.import_id is not None and outcome.replayed is None
    headers = {"Location": result.links["self"]} if result.links else {}
    body = orjson.dumps(result.model_dump(mode="json"))
    return Response(body, 201 if stored else 200, headers, "application/json")


def _render_rejection(request: Request, outcome: Outcome, result: ImportResult) -> Response:
    """Answer 422, to a dry run as well: a program goes by the status. Its errors are complete, as none was stored."""
    shown = None if result.dry_run else SHOWN_FINDINGS
    errors = [found.as_error() for found in outcome.findings[:shown]]
    params = {"findings": str(result.findings), "rows": str(result.rows)}
    members = {"import": result.model_dump(mode="json", exclude={"first_findings"})}
    code = "import_dry_run_rejected" if result.dry_run else "import_rejected"
    return problem_response(request, Problem(422, code, params, errors, members=members))


@router.get("", **reads("applications:read"))
async def list_imports(
    work: CurrentUnitOfWork,
    paging: Paging,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
) -> Page[ImportReceipt]:
    """Imported lists and rejected attempts, newest first."""
    page = await queries.list_imports(
        work.connection, build_equality_filters({application_import.c.office: office}), paging
    )
    return Page(items=await render_receipts(work, page.rows), next=page.next)


@router.get("/{import_id}", **reads("applications:read", 404))
async def read_import(import_id: UUID, response: Response, work: CurrentUnitOfWork) -> ImportReceipt:
    """One imported list or rejected attempt; its ETag is the `If-Match` of its annulment."""
    row = await find_import(work, import_id)
    response.headers["ETag"] = import_etag(row)
    return (await render_receipts(work, [row]))[0]


@router.post(
    "/{import_id}/annulment",
    **creates("applications:write", key="required", if_match="required", external_ids=False),
)
async def annul_imported_list(
    import_id: UUID, new: NewAnnulment, response: Response, work: CurrentUnitOfWork
) -> ImportReceipt:
    """Annul a list imported in error (unieważnienie listy), while none of its applications was changed since.

    The applications that it created are annulled, those that it changed have their former state again. The list can be
    sent again afterwards.
    """
    row = await annul_list(work, import_id, new)
    response.headers["ETag"] = import_etag(row)
    response.headers["Location"] = f"/v1/application-imports/{row.id}"
    return (await render_receipts(work, [row]))[0]


@router.get("/{import_id}/findings", **reads("applications:read", 404))
async def list_findings(import_id: UUID, work: CurrentUnitOfWork, paging: Paging) -> Page[Finding]:
    """Findings by row and column, with messages in the language of the request."""
    row = await find_import(work, import_id)
    return await read_findings_page(work, queries.findings, row.import_no, paging)
