"""Parameters of a report, and the data that both reports read."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from miernik_contracts.followers.queries import node_states
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree, build_tree
from miernik_contracts.rates.rules import RateSource
from miernik_contracts.reports.figures import Figures, figures_from_facts, figures_now
from miernik_shared.problems import Problem, invalid
from miernik_shared.values.offices import ALL_OFFICES
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.unit_of_work import UnitOfWork

# Whether any application of an office was known at a position; one annulled by then does not count.
_APPLICATIONS_KNOWN = text("""
    select exists (
        select from application_state known join learnt_page using (page_no)
        where office = :office and (cast(:position as bigint) is null or learnt_page.position <= :position)
            and not exists (
                select from application_state later join learnt_page page using (page_no)
                where later.id = known.id and later.annulled
                    and (cast(:position as bigint) is null or page.position <= :position)))
""")


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Day, moment of knowledge, office (or ``PL``), code of a node, source and day of the rate."""

    as_of: date
    known_at: datetime | None
    office: str
    measure: str | None = None
    rate_source: RateSource | None = None
    rate_on: date | None = None

    @property
    def one_office(self) -> str | None:
        """The selected office; None for all of them."""
        return None if self.office == ALL_OFFICES else self.office


@dataclass(frozen=True, slots=True)
class ReportData:
    """Tree and figures of the rows. ``scope`` holds the selected nodes; None for all."""

    tree: Tree
    figures: Figures
    scope: frozenset[UUID] | None

    @property
    def offices(self) -> list[str]:
        """Offices with nodes or figures, in order."""
        return sorted({node.office for node in self.tree.nodes.values()} | {key.office for key in self.figures})

    def shows(self, node: NodeState) -> bool:
        """Whether a node is selected."""
        return self.scope is None or node.id in self.scope


async def read_report_data(work: UnitOfWork, query: ReportQuery) -> ReportData:
    """Read tree and figures. Raises 422 for an unknown office or code, 503 past the time budget of a past read."""
    states = await node_states(work.connection, query.one_office, work.known_position)
    tree = build_tree(states, query.as_of)
    if not tree.nodes:
        await _refuse_unknown_office(work, query)
    scope = None
    if query.measure is not None:
        tops = tree.find(query.one_office, query.measure)
        if not tops:
            raise _unknown_measure(query, query.measure)
        scope = frozenset(node.id for top in tops for node in tree.below(top))
    return ReportData(tree, await _figures(work, query), scope)


async def _refuse_unknown_office(work: UnitOfWork, query: ReportQuery) -> None:
    """Refuse an office without nodes and applications: it must not look like one that reported nothing.

    The home office is never refused: its table is empty before anything is replicated. Agreements belong to nodes, so
    an office without a tree has applications at most.
    """
    if query.office in (ALL_OFFICES, work.service.settings.home_voivodeship):
        return
    parameters = {"office": query.office, "position": work.known_position}
    if not (await work.connection.execute(_APPLICATIONS_KNOWN, parameters)).scalar_one():
        listed = "/v1/reports/contracting/bounds"
        raise invalid("/query/office", "report_office_unknown", value=query.office, listed=listed)


def _unknown_measure(query: ReportQuery, code: str) -> Problem:
    listed = f"/v1/programme-nodes?office={query.one_office}" if query.one_office else "/v1/programme-nodes"
    return invalid("/query/measure", "report_measure_unknown", value=code, listed=listed)


async def _figures(work: UnitOfWork, query: ReportQuery) -> Figures:
    if work.known_position is None:
        return await figures_now(work.connection, query.one_office, query.as_of)
    async with time_budget(work):
        return await figures_from_facts(work.connection, query.one_office, query.as_of, work.known_position)
