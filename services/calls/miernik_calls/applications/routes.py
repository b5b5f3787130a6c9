"""Endpoints of the applications. They name applicants, so reading them needs a scope of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from miernik_calls.applications import queries, service
from miernik_calls.applications.models import application, application_version
from miernik_calls.applications.schemas import (
    Application,
    ApplicationState,
    ApplicationVersion,
    NewApplication,
    NewStage,
)
from miernik_calls.applications.state import Stage
from miernik_calls.applications.views import applications_of
from miernik_calls.calls.models import call
from miernik_calls.versions import ShortPath, version_etag
from miernik_shared.database import columns_of
from miernik_shared.external_ids import ExternalId
from miernik_shared.problems import Problem
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.offices import Office
from miernik_shared.values.written_days import Day, Instant
from miernik_shared.web.contracts import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.work import CurrentWork

router = APIRouter(prefix="/v1/applications", tags=["applications"], route_class=ScopedRoute)
_STAGE = creates("applications:write", 404, 412, 428, external_ids=False)
_STAGE["openapi_extra"]["parameters"].append(
    {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
)


@router.post("", **creates("applications:write"))
async def register_application(new: NewApplication, response: Response, work: CurrentWork) -> Application:
    """Registers an application; warnings are in `findings`."""
    return _located(await service.register_application(work, new), response)


@router.get("", **reads("applications:read", 400))
async def list_applications(
    request: Request,
    response: Response,
    work: CurrentWork,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    node: Annotated[str | None, Query(max_length=40, description="Code of a node; those below it count too")] = None,
    call_id: Annotated[UUID | None, Query(alias="call", description="Id of a call")] = None,
    directly: Annotated[
        bool, Query(description="Only those that hang on the node itself, not below it; without a node, on none")
    ] = False,
    stage: Annotated[Stage | None, Query(description="Only applications that reached this stage")] = None,
    as_of: Annotated[
        Day | None, Query(description="Only those that reached the stage by that day; without a stage, the first one")
    ] = None,
    known_at: Annotated[
        Instant | None, Query(description="As they were known at that moment; as they stand by default")
    ] = None,
    number: Annotated[str | None, Query(max_length=200)] = None,
    changed_after: Annotated[
        int | None,
        Query(ge=0, le=2**63 - 1, description="Only those whose state was recorded after this position of the feed"),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Application]:
    """Applications by number, office by office. Each is shown whole, with the days of all stages that it reached."""
    del known_at
    wanted = {application.c.office: office, call.c.id: call_id, application.c.number: number}
    filters: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    if directly:
        filters.append(queries.directly_on(node))
    elif node is not None:
        filters.append(queries.within(node, office))
    if stage is not None or as_of is not None:
        filters.append(queries.reached(stage or "submitted", as_of))
    if changed_after is not None:
        filters.append(application_version.c.position > changed_after)
    after = read_cursor("applications", cursor, str, str)
    rows = await queries.list_applications(work.connection, filters, after, limit + 1, work.known_position)
    known = await service.external_ids.of(work.connection, [row.id for row in rows], work.known_position)
    last = rows[limit - 1] if len(rows) > limit else None
    key = (last.office, last.number) if last else None
    return paged("applications", applications_of(work, rows, known), limit, key, request, response)


@router.get("/by-external-id/{system}/{value:path}", **reads("applications:read", 404))
async def read_application_by_external_id(
    system: ShortPath, value: ShortPath, response: Response, work: CurrentWork
) -> Application:
    """The application that another system knows under its own number."""
    found = await service.external_ids.find(work.connection, ExternalId(system=system, value=value))
    if found is None:
        raise Problem(404, "application_not_found")
    return await read_application(found, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("applications:write", 201, if_match="when_it_exists"))
async def upsert_application(
    system: ShortPath, value: ShortPath, new: NewApplication, response: Response, work: CurrentWork
) -> Application:
    """Registers the application, or changes it (with `If-Match`) if the other system's number is known."""
    made, created = await service.upsert_application(work, ExternalId(system=system, value=value), new)
    response.status_code = 201 if created else 200
    return _located(made, response)


@router.get("/{application_id}", **reads("applications:read", 404))
async def read_application(application_id: UUID, response: Response, work: CurrentWork) -> Application:
    """One application; the ETag is what a change needs as `If-Match`."""
    row = await queries.find_by_id(work.connection, application_id)
    if row is None:
        raise Problem(404, "application_not_found")
    response.headers["ETag"] = version_etag(row.version)
    known = await service.external_ids.of(work.connection, [application_id])
    return applications_of(work, [row], known)[0]


@router.put("/{application_id}", **changes("applications:write"))
async def change_application(
    application_id: UUID, state: ApplicationState, response: Response, work: CurrentWork
) -> Application:
    """States the application anew; the former state is kept as a version."""
    row = await service.locked(work, application_id)
    changed = await service.change_application(work, row, state)
    response.headers["ETag"] = version_etag(changed.version)
    return changed


@router.post("/{application_id}/stages", **_STAGE)
async def reach_stage(application_id: UUID, new: NewStage, response: Response, work: CurrentWork) -> Application:
    """Records that the application reached its next stage, or was withdrawn or rejected."""
    row = await service.locked(work, application_id)
    return _located(await service.reach_stage(work, row, new), response)


@router.get("/{application_id}/versions", **reads("applications:read", 404))
async def list_versions(application_id: UUID, work: CurrentWork) -> Page[ApplicationVersion]:
    """All versions of an application, oldest first."""
    rows = await queries.versions_of(work.connection, application_id)
    if not rows:
        raise Problem(404, "application_not_found")
    return Page(
        items=[ApplicationVersion.model_validate(columns_of(row), extra="ignore", context=STORED) for row in rows]
    )


def _located(one: Application, response: Response) -> Application:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/applications/{one.id}"
    return one
