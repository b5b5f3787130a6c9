"""Endpoints of the submissions."""

from typing import Annotated
from uuid import UUID

import orjson
import zstandard
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import StringConstraints

from miernik_indicators.forms.models import form as form_table
from miernik_indicators.submissions import views
from miernik_indicators.submissions.envelope import read_envelope
from miernik_indicators.submissions.models import submission
from miernik_indicators.submissions.queries import returns
from miernik_indicators.submissions.schemas import JSON_BODY, DryRun, Receipt, SubmissionDetail
from miernik_indicators.submissions.submit import Outcome, submit
from miernik_indicators.submissions.upload import Upload
from miernik_indicators.units.models import reporting_unit
from miernik_shared.database import AnyRow
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import Problem, not_found
from miernik_shared.uploads.decimal_signs import Sign
from miernik_shared.uploads.media import declared_media_type
from miernik_shared.values.free_texts import CodeKey, LookupKey, NoPersonalNumber, ShownLines
from miernik_shared.web.endpoint_declarations import TableUpload, creates, reads
from miernik_shared.web.error_responses import problem_response
from miernik_shared.web.findings import Finding, read_findings_page
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.readings import DECIMAL
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork, UnitOfWork

router = APIRouter(prefix="/v1/submissions", tags=["submissions"], route_class=ScopedRoute)
UPLOAD_LIMIT = 64 * 1024 * 1024
JSON_LIMIT = 8 * 1024 * 1024
PeriodKey = Annotated[str, StringConstraints(max_length=60), LookupKey]
Reason = Annotated[str, StringConstraints(max_length=500), ShownLines, NoPersonalNumber]
_SUBMIT = creates(
    "submissions:write",
    body=TableUpload(csv=True, ndjson=True, json=JSON_BODY),
    limit=UPLOAD_LIMIT,
    if_match="when_it_exists",
    if_match_description="ETag of the version that a correction replaces",
    external_ids=False,
    unchanged="A dry run, or the current version's content again: nothing was stored",
    confirms=True,
)


@router.post("", response_model=Receipt | DryRun, **_SUBMIT)
async def send_return(
    request: Request,
    work: CurrentUnitOfWork,
    form: Annotated[CodeKey, Query(description="Code of the form")],
    unit: Annotated[CodeKey, Query(description="Code or id of the unit that sends the return")],
    period: Annotated[PeriodKey, Query(description="`2011-H1`, or a span `2009-H1..2011-H2`")],
    reason: Annotated[Reason | None, Query(description="Why a correction is made")] = None,
    dry_run: Annotated[bool, Query(description="Validate and store nothing; 422 if it would be rejected")] = False,
    decimal: Annotated[Sign | None, Query(description=f"{DECIMAL}; the notation of the form holds if it fits")] = None,
    content_type: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Submit a return: all of it, or (if its form allows) its valid rows, or nothing, with every finding at once.

    Columns: `indicator` and `value`; `unit`, `period` and `breakdown` where rows differ in them. Titles above the
    header, totals and notes below the table and unknown columns are passed over; `reading` names them. The first
    version needs no `If-Match`; a correction does. The content of the current version again returns its receipt; with
    the ETag of that version it is validated anew, and is a correction if its codes resolve differently by now.
    """
    envelope = await read_envelope(work, form, unit, period)
    content = await request.body()
    media_type, charset = declared_media_type(content_type)
    if media_type == "application/json" and len(content) > JSON_LIMIT:
        raise Problem(413, "body_too_long", {"limit": str(JSON_LIMIT)})
    outcome = await submit(work, envelope, Upload(content, media_type, charset, reason, dry_run, decimal))
    if outcome.submission_id is None:
        return _build_dry_run(request, outcome, views.build_dry_run(work, outcome))
    return await _build_response(request, work, outcome)


async def _build_response(request: Request, work: UnitOfWork, outcome: Outcome) -> Response:
    recorded = outcome.submission_id
    row = await returns.find_submission(work.connection, recorded) if recorded else None
    if row is None:
        raise RuntimeError("a submission that was just recorded cannot be read")
    (receipt,) = await views.build_receipts(work, [row])
    if outcome.name == "rejected":
        return _build_rejection(request, outcome, receipt, "submission_rejected")
    headers = {"ETag": version_etag(row.version), "Location": f"/v1/submissions/{row.id}"}
    return _build_json(receipt, 200 if outcome.replayed else 201, headers)


def _build_dry_run(request: Request, outcome: Outcome, result: DryRun) -> Response:
    """Answer 422 where the return would be rejected: a program goes by the status."""
    if outcome.name == "rejected":
        return _build_rejection(request, outcome, result, "submission_dry_run_rejected")
    return _build_json(result, 200, {})


def _build_rejection(request: Request, outcome: Outcome, result: Receipt | DryRun, code: str) -> Response:
    errors = [finding.as_error() for finding in outcome.findings[: views.SHOWN_FINDINGS]]
    params = {"findings": str(result.findings), "rows": str(result.rows)}
    members = {"submission": result.model_dump(mode="json", exclude={"first_findings"})}
    return problem_response(request, Problem(422, code, params, errors, members=members))


def _build_json(model: Receipt | DryRun, status: int, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(model.model_dump(mode="json")), status, headers, "application/json")


@router.get("", **reads("reports:read"))
async def list_submissions(
    work: CurrentUnitOfWork,
    paging: Paging,
    form_code: Annotated[CodeKey | None, Query(alias="form")] = None,
    unit_code: Annotated[CodeKey | None, Query(alias="unit")] = None,
    period: PeriodKey | None = None,
) -> Page[Receipt]:
    """Submissions visible to the caller, including rejected ones, the newest first."""
    filters = build_equality_filters(
        {form_table.c.code: form_code, reporting_unit.c.code: unit_code, submission.c.period: period}
    )
    page = await returns.list_submissions(work.connection, filters, paging)
    return Page(items=await views.build_receipts(work, page.rows), next=page.next)


@router.get("/{submission_id}", **reads("reports:read", 404))
async def read_submission(submission_id: UUID, response: Response, work: CurrentUnitOfWork) -> SubmissionDetail:
    """One submission. If it is the current version, a correction sends its ETag as `If-Match`."""
    row = await _find_submission(work, submission_id)
    if row.is_current:
        response.headers["ETag"] = version_etag(row.version)
    found = await returns.findings.read_after(work.connection, row.submission_no, 0, views.SHOWN_FINDINGS)
    return await views.build_detail(work, row, found)


@router.get("/{submission_id}/findings", **reads("reports:read", 404))
async def list_findings(submission_id: UUID, work: CurrentUnitOfWork, paging: Paging) -> Page[Finding]:
    """Findings by row and column, with messages in the language of the request."""
    row = await _find_submission(work, submission_id)
    return await read_findings_page(work, returns.findings, row.submission_no, paging)


@router.get("/{submission_id}/file", response_class=Response, **reads("reports:read", 404))
async def read_file(submission_id: UUID, work: CurrentUnitOfWork) -> Response:
    """File of a submission as uploaded, byte for byte. Rejected submissions have none."""
    row = await _find_submission(work, submission_id)
    file = await returns.find_file(work.connection, row.unit_no, row.sha256)
    if file is None:
        raise not_found("file_not_kept")
    return Response(zstandard.ZstdDecompressor().decompress(file.content), media_type=row.media_type)


async def _find_submission(work: UnitOfWork, submission_id: UUID) -> AnyRow:
    row = await returns.find_submission(work.connection, submission_id)
    if row is None:
        raise not_found("submission_unknown")
    return row
