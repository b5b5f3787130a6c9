"""What a report is asked for, and what both reports start from."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from miernik_contracts.followers.queries import node_states
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree, build_tree
from miernik_contracts.progress.rollup import Place
from miernik_contracts.rates.rules import RateSource
from miernik_contracts.reports.figures import Figures, figures_from_facts, figures_now
from miernik_contracts.settings import ContractsSettings
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.offices import ALL_OFFICES
from miernik_shared.web.unit_of_work import UnitOfWork

_APPLICATIONS_KNOWN = text("""
    select exists (
        select from application_state join learnt_page using (page_no)
        where office = :office and (cast(:position as bigint) is null or learnt_page.position <= :position))
""")


@dataclass(frozen=True, slots=True)
class Question:
    """A day, a moment of knowledge, an office (or ``PL``), a node's code, and by which rate of which day."""

    as_of: date
    known_at: datetime | None
    office: str
    measure: str | None = None
    rate_source: RateSource | None = None
    rate_on: date | None = None

    @property
    def one_office(self) -> str | None:
        """The office asked for; ``None`` for all of them."""
        return None if self.office == ALL_OFFICES else self.office


@dataclass(frozen=True, slots=True)
class Ground:
    """The tree and the figures that the rows are made of. ``scope`` are the nodes asked for; ``None`` for all."""

    tree: Tree
    figures: Figures
    scope: frozenset[UUID] | None

    @property
    def offices(self) -> list[str]:
        """Offices with something to show, in order."""
        return sorted({node.office for node in self.tree.nodes.values()} | {place.office for place in self.figures})

    def shows(self, node: NodeState) -> bool:
        """Whether a node belongs to what was asked for."""
        return self.scope is None or node.id in self.scope

    def of_kind(self, kind: str) -> dict[tuple[str, UUID], Place]:
        """The places of one kind by office and node."""
        return {(place.office, place.node_id): place for place in self.figures if place.kind == kind}


async def read_ground(work: UnitOfWork, question: Question) -> Ground:
    """Raises 422 for an unknown office or code, 503 where the past takes longer to fold than the time budget."""
    states = await node_states(work.connection, question.one_office, work.known_position)
    tree = build_tree(states, question.as_of)
    if not tree.nodes:
        await _refuse_unknown_office(work, question)
    scope = None
    if question.measure is not None:
        tops = tree.find(question.one_office, question.measure)
        if not tops:
            raise _unknown_measure(question, question.measure)
        scope = frozenset(node.id for top in tops for node in tree.below(top))
    return Ground(tree, await _figures(work, question), scope)


async def _refuse_unknown_office(work: UnitOfWork, question: Question) -> None:
    """What does not exist must not look like what was not reported. The home office is never refused: its table is
    empty before anything is known. An agreement hangs on a node: an office without a tree has applications at most."""
    if question.office in (ALL_OFFICES, work.service.settings.home_voivodeship):
        return
    parameters = {"office": question.office, "position": work.known_position}
    if not (await work.connection.execute(_APPLICATIONS_KNOWN, parameters)).scalar_one():
        params = {"value": question.office, "listed": "/v1/reports/contracting/bounds"}
        raise Problem(422, "request_invalid", errors=[FieldError("/query/office", "report_office_unknown", params)])


def _unknown_measure(question: Question, code: str) -> Problem:
    listed = f"/v1/programme-nodes?office={question.one_office}" if question.one_office else "/v1/programme-nodes"
    params = {"value": code, "listed": listed}
    return Problem(422, "request_invalid", errors=[FieldError("/query/measure", "report_measure_unknown", params)])


async def _figures(work: UnitOfWork, question: Question) -> Figures:
    if work.known_position is None:
        return await figures_now(work.connection, question.one_office, question.as_of)
    return await figures_from_facts(
        work.connection, question.one_office, question.as_of, work.known_position, past_read_seconds(work)
    )


def past_read_seconds(work: UnitOfWork) -> float:
    """The time budget of a read of the past."""
    settings = work.service.settings
    assert isinstance(settings, ContractsSettings)  # noqa: S101 - this service is built with these settings
    return settings.past_read_seconds
