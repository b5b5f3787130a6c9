"""Endpoints of the agreements."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from miernik_contracts.agreements import lifecycle, queries, views
from miernik_contracts.agreements.schemas import (
    Agreement,
    AgreementKind,
    AgreementVersion,
    NewAgreement,
    NewAmendment,
    NewAnnulment,
    NewTermination,
)
from miernik_contracts.agreements.sign import sign
from miernik_contracts.followers.queries import nodes_around
from miernik_contracts.followers.tree import build_tree
from miernik_shared.database import AnyRow
from miernik_shared.problems import not_found
from miernik_shared.values.free_texts import STORED, IdentifierKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import ListUnitOfWork
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork, UnitOfWork

router = APIRouter(prefix="/v1/agreements", tags=["agreements"], route_class=ScopedRoute)
_CHANGES_SIGNED = creates("agreements:write", key="required", if_match="required", external_ids=False)
_AMENDS = creates("agreements:write", key="required", if_match="required", external_ids=False, confirms=True)


@router.post("", **creates("agreements:write", key="required", confirms=True))
async def sign_agreement(new: NewAgreement, response: Response, work: CurrentUnitOfWork) -> Agreement:
    """Record a signed agreement. Refused if it exceeds the allocation at the rate of the day of signing."""
    return _tag_version(response, await sign(work, new))


@router.get("", **reads("agreements:read"))
async def list_agreements(
    work: ListUnitOfWork,
    paging: Paging,
    office: Office | None = None,
    node: UUID | None = None,
    within: Annotated[UUID | None, Query(description="Agreements of this node and of all below it")] = None,
    application: UUID | None = None,
    number: IdentifierKey | None = None,
    kind: AgreementKind | None = None,
    annulled: Annotated[bool, Query(description="Annulled records only; by default they are left out")] = False,
    as_of: Annotated[
        Day | None, Query(description="Agreements in force on that day only, with their values on it")
    ] = None,
) -> Page[Agreement]:
    """Agreements in the order in which they were recorded."""
    filters = [
        *queries.filter_agreements(office, node, application, number, kind),
        *queries.filter_known(work.known_position, as_of, annulled=annulled),
    ]
    if within is not None:
        filters.append(queries.belongs_to(await _nodes_below(work, within)))
    page = await queries.list_agreements(work.connection, filters, paging)
    return Page(items=await views.render_agreements(work, page.rows, as_of), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("agreements:read", 404))
async def read_agreement_by_external_id(
    external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Agreement with a number of another system."""
    found = await views.external_ids.find(work.connection, external_id)
    if found is None:
        raise not_found("agreement_not_found")
    return await read_agreement(found, response, work)


@router.put(
    "/by-external-id/{system}/{value:path}",
    **changes("agreements:write", 201, if_match="when_it_exists", confirms=True),
)
async def upsert_agreement(
    external_id: WrittenExternalId, new: NewAgreement, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Record the agreement or, with `If-Match`, correct the record of its signing."""
    found = await views.external_ids.find(work.connection, external_id)
    if found is not None:
        return _tag_version(response, await lifecycle.correct(work, await _find(work, found), new))
    work.refuse_if_match()
    response.status_code = 201
    return _tag_version(response, await sign(work, new, external_id))


@router.get("/{agreement_id}", **reads("agreements:read", 404))
async def read_agreement(agreement_id: UUID, response: Response, work: CurrentUnitOfWork) -> Agreement:
    """One agreement; its ETag is the `If-Match` of an amendment."""
    found = (await views.render_agreements(work, [await _find(work, agreement_id)]))[0]
    response.headers["ETag"] = version_etag(found.version)
    return found


@router.put("/{agreement_id}", **changes("agreements:write", confirms=True))
async def correct_agreement(
    agreement_id: UUID, new: NewAgreement, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Correct the record of the signing: value, beneficiary and note.

    All other fields must equal the record. To change one of them, annul the record and record the agreement anew.
    """
    return _tag_version(response, await lifecycle.correct(work, await _find(work, agreement_id), new))


@router.get("/{agreement_id}/versions", **reads("agreements:read", 404))
async def list_versions(agreement_id: UUID, work: CurrentUnitOfWork) -> list[AgreementVersion]:
    """All versions of one agreement, oldest first."""
    row = await _find(work, agreement_id)
    versions = await queries.versions_of(work.connection, [row.agreement_no])
    return [AgreementVersion.model_validate(version, from_attributes=True, context=STORED) for version in versions]


@router.post("/{agreement_id}/amendments", **_AMENDS)
async def amend_agreement(
    agreement_id: UUID, new: NewAmendment, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Record an amendment (aneks). An increase beyond the allocation is refused; a reduction never is."""
    return _tag_version(response, await lifecycle.amend(work, await _find(work, agreement_id), new))


@router.post("/{agreement_id}/termination", **_CHANGES_SIGNED)
async def terminate_agreement(
    agreement_id: UUID, new: NewTermination, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Terminate an agreement (rozwiązanie umowy): from that day on it no longer counts."""
    return _tag_version(response, await lifecycle.terminate(work, await _find(work, agreement_id), new))


@router.post("/{agreement_id}/annulment", **_CHANGES_SIGNED)
async def annul_agreement(
    agreement_id: UUID, new: NewAnnulment, response: Response, work: CurrentUnitOfWork
) -> Agreement:
    """Annul a record made in error (unieważnienie wpisu): it never counted on any day.

    Its numbers and its application can be recorded anew.
    """
    return _tag_version(response, await lifecycle.annul(work, await _find(work, agreement_id), new))


async def _nodes_below(work: UnitOfWork, node_id: UUID) -> list[UUID]:
    """The node and all below it; empty for a node that is not replicated."""
    states = await nodes_around(work.connection, node_id)
    if states is None:
        return []
    tree = build_tree(states)
    return [node.id for node in tree.below(tree.nodes[node_id])]


async def _find(work: UnitOfWork, agreement_id: UUID) -> AnyRow:
    row = await queries.find_by_id(work.connection, agreement_id)
    if row is None:
        raise not_found("agreement_not_found")
    return row


def _tag_version(response: Response, stored: Agreement) -> Agreement:
    """Set ETag and Location of a write's response."""
    response.headers["ETag"] = version_etag(stored.version)
    response.headers["Location"] = f"/v1/agreements/{stored.id}"
    return stored
