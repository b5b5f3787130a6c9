"""Differences of the reconciliation: applications and agreements that do not match, each with its reason.

Each adds its difference to its node, so that accepted = signed + recommended + differences, by node and in total.
"""

from collections.abc import Sequence

from sqlalchemy import text

from miernik_contracts.progress.rollup import NO_NODE
from miernik_contracts.reports.facts_on import AGREEMENTS_ON, APPLICATIONS_ON
from miernik_contracts.reports.report_query import ReportQuery
from miernik_shared.database import AnyRow
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.unit_of_work import UnitOfWork

SHOWN_DIFFERENCES = 500
# One row for each reason why an application and its agreement do not match on a day, as known at a position.
_DIFFERENCES = text(f"""
    with accepted as (
        select id, number as application_number, office as accepted_office,
            coalesce(node_id, cast(:no_node as uuid)) as accepted_node, accepted_value_pln, withdrawn_on, rejected_on,
            ended_on, ended_on is null or ended_on > :as_of as recommended
        from ({APPLICATIONS_ON}) application_on
    ), signed as (
        select agreement_no, number as agreement_number, office as signed_office, node_id as signed_node,
            value_pln as signed_value_pln, application_id
        from ({AGREEMENTS_ON}) agreement_on where in_force
    ), pair as (
        select *, id is not null and agreement_no is not null as both_known
        from accepted full join signed on signed.application_id = accepted.id
    ), found as (
        select pair.*, finding.*
        from pair cross join lateral (values
            ('signed_value_differs', accepted_office, accepted_node, 0, accepted_value_pln - signed_value_pln,
                both_known and accepted_node = signed_node and accepted_value_pln <> signed_value_pln),
            ('signed_on_other_node', accepted_office, accepted_node, 1, accepted_value_pln,
                both_known and accepted_node <> signed_node),
            ('signed_on_other_node', signed_office, signed_node, -1, -signed_value_pln,
                both_known and accepted_node <> signed_node),
            (case when withdrawn_on <= ended_on then 'withdrawn_after_acceptance'
                when rejected_on <= ended_on then 'rejected_after_acceptance'
                else 'agreement_terminated' end,
                accepted_office, accepted_node, 1, accepted_value_pln, agreement_no is null and not recommended),
            (case when application_id in (
                    select state.id from application_state state join learnt_page using (page_no)
                    where state.annulled and learnt_page.position <= :position
                ) then 'application_annulled' else 'signed_without_acceptance' end,
                signed_office, signed_node, -1, -signed_value_pln, id is null)
        ) finding (reason, office, node_id, number, value_pln, holds)
        where holds and (cast(:shown_office as text) is null or finding.office = :shown_office)
    )
    select reason, found.office, found.node_id, found.number, found.value_pln, accepted_value_pln, signed_value_pln,
        coalesce(found.id, found.application_id) as application_id, agreement.id as agreement_id, agreement_number,
        coalesce(application_number, (
            select latest.number from application_state latest where latest.id = found.application_id
            order by learnt_at desc, page_no desc limit 1
        )) as application_number,
        count(*) over () as in_all,
        (select array_agg(distinct array[found.office, cast(found.node_id as text)]) from found) as places
    from found left join agreement using (agreement_no)
    order by found.office, found.node_id, reason, application_number, agreement_number, agreement_no
    limit :limit
""")


async def differences(work: UnitOfWork, query: ReportQuery) -> Sequence[AnyRow]:
    """First differences by office and node. ``in_all`` counts all of them, ``places`` are their offices and nodes.

    Raises 503 past the time budget.
    """
    parameters = {
        # All offices, since an application of one may have been signed in another.
        "office": None,
        "shown_office": query.one_office,
        "as_of": query.as_of,
        "position": work.read_position,
        "no_node": NO_NODE,
        "limit": SHOWN_DIFFERENCES,
    }
    async with time_budget(work, of_present=True):
        return (await work.connection.execute(_DIFFERENCES, parameters)).all()
