"""Table expressions of the reports: agreements and applications on day ``:as_of`` as known at ``:position``."""

ANNULLED = "select agreement_no from agreement_version where action = 'annulled' and position <= :position"
"""Agreements annulled by a position."""
AGREEMENTS_ON = f"""
    select distinct on (agreement_no) agreement_no, office, node_id, kind, application_id, number, value_pln,
        action <> 'terminated' as in_force
    from (
        select agreement_version.*, min(effective_on) filter (where action = 'terminated')
            over (partition by agreement_no) as terminated_on
        from agreement_version
        where position <= :position and (cast(:office as text) is null or office = :office)
            and agreement_no not in ({ANNULLED})
    ) version
    where effective_on <= :as_of and (terminated_on is null or effective_on <= terminated_on)
    order by agreement_no, effective_on desc, action in ('amended', 'terminated') desc, version desc
"""
"""Agreements on a day as known at a position. An amendment from a day after the termination never takes effect, and an
agreement annulled by the position never counted."""
APPLICATIONS_ON = f"""
    select state.*, signed.signed_on, least(signed.signed_on, withdrawn_on, rejected_on) as ended_on
    from (
        select distinct on (id) application_state.*
        from application_state join learnt_page using (page_no)
        where learnt_page.position <= :position and (cast(:office as text) is null or office = :office)
        order by id, learnt_at desc, page_no desc
    ) state
    left join (
        select application_id, min(signed_on) as signed_on from agreement_version
        where position <= :position and application_id is not null and agreement_no not in ({ANNULLED})
        group by application_id
    ) signed on signed.application_id = state.id
    where accepted_on <= :as_of and not state.annulled
"""
"""Applications accepted by a day as known at a position, with the day on which each left the recommended list. Those
annulled by the position are left out."""
