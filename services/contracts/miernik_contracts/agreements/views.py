"""Views of agreements: for the API, the audit and the feed."""

from collections.abc import Sequence
from datetime import date

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.schemas import Agreement
from miernik_contracts.agreements.valuation import Moment, is_annulled, last_value, terminated_on
from miernik_contracts.tables import tables
from miernik_shared.changelog.record import Change
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "agreement")


def moments_of(versions: Sequence[AnyRow]) -> list[Moment]:
    """Versions of one agreement in the form of its valuation."""
    return [Moment(row.version, row.action, row.effective_on, row.value_pln) for row in versions]


def render_agreement(
    row: AnyRow, versions: Sequence[AnyRow], known_ids: list[ExternalId], as_of: date = date.max
) -> Agreement:
    """One agreement from its row and its versions; ``as_of`` is the day of its value."""
    moments = moments_of(versions)
    return Agreement.model_validate(
        columns_of(row)
        | queries.copy_state(versions[-1])
        | {
            "value_pln": last_value([moment for moment in moments if moment.effective_on <= as_of]),
            "terminated_on": terminated_on(moments),
            "annulled": is_annulled(moments),
            "version": versions[-1].version,
            "external_ids": known_ids,
        },
        extra="ignore",
        context=STORED,
    )


async def render_agreements(work: UnitOfWork, rows: Sequence[AnyRow], as_of: date | None = None) -> list[Agreement]:
    """Agreements as known at the position read, with their values on a day: two queries for any number of them."""
    position = work.known_position
    versions = await queries.versions_of(work.connection, [row.agreement_no for row in rows], position)
    known = await external_ids.read_by_entity(work.connection, [row.id for row in rows], position)
    if position is None:
        known |= {row.id: row.freed_ids for row in rows if row.annulled}
    of_agreement: dict[int, list[AnyRow]] = {}
    for version in versions:
        of_agreement.setdefault(version.agreement_no, []).append(version)
    return [render_agreement(row, of_agreement[row.agreement_no], known[row.id], as_of or date.max) for row in rows]


def change_of(action: str, after: Agreement, before: Agreement | None, families: Sequence[str]) -> Change:
    """Change of an agreement, without the columns that only the audit shows."""
    state = after.model_dump(mode="json")
    data = {name: value for name, value in state.items() if name not in queries.AUDIT_ONLY}
    former = before.model_dump(mode="json") if before else None
    subject = f"agreements/{after.id}"
    return Change(f"agreement.{action}", subject, tuple(families), data, before=former, after=state)
