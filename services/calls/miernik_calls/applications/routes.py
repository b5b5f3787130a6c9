"""Endpoints of the applications. They name applicants, so reading them needs a scope of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from miernik_calls.applications import queries, service
from miernik_calls.applications.annulment import annul_application
from miernik_calls.applications.models import application, application_version
from miernik_calls.applications.schemas import (
    Application,
    ApplicationState,
    ApplicationVersion,
    NewAnnulment,
    NewApplication,
    NewStage,
)
from miernik_calls.applications.version_columns import Stage
from miernik_calls.applications.views import render_applications
from miernik_calls.calls.models import call
from miernik_shared.database import columns_of
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import not_found
from miernik_shared.values.free_texts import STORED, CodeKey, IdentifierKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import ListUnitOfWork
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/applications", tags=["applications"], route_class=ScopedRoute)


@router.post("", **creates("applications:write", confirms=True))
async def register_application(new: NewApplication, response: Response, work: CurrentUnitOfWork) -> Application:
    """Register an application; warnings are in `findings`."""
    return _add_location(await service.register_application(work, new), response)


@router.get("", **reads("applications:read"))
async def list_applications(
    work: ListUnitOfWork,
    paging: Paging,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    node: Annotated[CodeKey | None, Query(description="Code of a node; those below it count too")] = None,
    call_id: Annotated[UUID | None, Query(alias="call", description="Id of a call")] = None,
    directly: Annotated[
        bool, Query(description="Only those that hang on the node itself, not below it; without a node, on none")
    ] = False,
    stage: Annotated[Stage | None, Query(description="Only applications that reached this stage")] = None,
    as_of: Annotated[
        Day | None, Query(description="Only those that reached the stage by that day; without a stage, the first one")
    ] = None,
    number: IdentifierKey | None = None,
    changed_after: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**63 - 1,
            description="Only those whose state was recorded after this position of the feed, annulled ones included",
        ),
    ] = None,
    annulled: Annotated[
        bool | None,
        Query(description="Annulled records only, or none of them; by default they are left out"),
    ] = None,
) -> Page[Application]:
    """Applications by number, office by office. Each has the days of all stages that it reached."""
    filters = build_equality_filters(
        {application.c.office: office, call.c.id: call_id, application.c.number_key: number}
    )
    if directly:
        filters.append(queries.hangs_directly_on(node))
    elif node is not None:
        filters.append(queries.hangs_on_or_below(node, office))
    if stage is not None or as_of is not None:
        filters.append(queries.reached_stage(stage or "submitted", as_of))
    if changed_after is not None:
        filters.append(application_version.c.position > changed_after)
    if annulled is not None or changed_after is None:
        filters.append(application_version.c.annulled.is_(annulled or False))
    page = await queries.list_applications(work.connection, filters, paging, work.known_position)
    known = await service.read_external_ids(work, page.rows)
    return Page(items=render_applications(work, page.rows, known), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("applications:read", 404))
async def read_application_by_external_id(
    external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork
) -> Application:
    """The application with an external id."""
    application_id = await service.external_ids.find(work.connection, external_id)
    if application_id is None:
        raise not_found("application_not_found")
    return await read_application(application_id, response, work)


@router.put(
    "/by-external-id/{system}/{value:path}",
    **changes("applications:write", 201, if_match="when_it_exists", confirms=True),
)
async def upsert_application(
    external_id: WrittenExternalId, new: NewApplication, response: Response, work: CurrentUnitOfWork
) -> Application:
    """Register the application, or change it (with `If-Match`) if the external id is known."""
    made, created = await service.upsert_application(work, external_id, new)
    response.status_code = 201 if created else 200
    return _add_location(made, response)


@router.get("/{application_id}", **reads("applications:read", 404))
async def read_application(application_id: UUID, response: Response, work: CurrentUnitOfWork) -> Application:
    """One application; a change sends its ETag as `If-Match`."""
    row = await service.find_application(work, application_id)
    response.headers["ETag"] = version_etag(row.version)
    known = await service.read_external_ids(work, [row])
    return render_applications(work, [row], known)[0]


@router.put("/{application_id}", **changes("applications:write", confirms=True))
async def change_application(
    application_id: UUID, state: ApplicationState, response: Response, work: CurrentUnitOfWork
) -> Application:
    """Replace the state of the application; the former state remains as a version."""
    row = await service.lock_application(work, application_id)
    changed = await service.change_application(work, row, state)
    response.headers["ETag"] = version_etag(changed.version)
    return changed


@router.post(
    "/{application_id}/stages",
    **creates("applications:write", if_match="required", external_ids=False, confirms=True),
)
async def reach_stage(application_id: UUID, new: NewStage, response: Response, work: CurrentUnitOfWork) -> Application:
    """Record that the application reached its next stage, or was withdrawn or rejected."""
    row = await service.lock_application(work, application_id)
    return _add_location(await service.reach_stage(work, row, new), response)


@router.post(
    "/{application_id}/annulment",
    **creates("applications:write", key="required", if_match="required", external_ids=False),
)
async def annul_recorded_application(
    application_id: UUID, new: NewAnnulment, response: Response, work: CurrentUnitOfWork
) -> Application:
    """Annul a record made in error (unieważnienie wpisu): the application never counted on any day.

    Its numbers can be registered anew. Its agreements stay; the reconciliation of contracts lists those in force.
    """
    return _add_location(await annul_application(work, application_id, new), response)


@router.get("/{application_id}/versions", **reads("applications:read", 404))
async def list_versions(application_id: UUID, work: CurrentUnitOfWork) -> Page[ApplicationVersion]:
    """All versions of an application, oldest first."""
    rows = await queries.list_versions(work.connection, application_id)
    if not rows:
        raise not_found("application_not_found")
    return Page(
        items=[ApplicationVersion.model_validate(columns_of(row), extra="ignore", context=STORED) for row in rows]
    )


def _add_location(one: Application, response: Response) -> Application:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/applications/{one.id}"
    return one
