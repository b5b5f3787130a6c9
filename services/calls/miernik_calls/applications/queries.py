"""SQL of the applications."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import polars as pl
from sqlalchemy import ColumnElement, Label, Text, and_, bindparam, delete, func, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.applications.models import application, application_import, application_version
from miernik_calls.applications.node_assignment import ProgrammeTree
from miernik_calls.applications.plausibility import ENOUGH, Surroundings, build_medians
from miernik_calls.applications.version_columns import IDENTITY, MARKS, STAGES, STATE, Stage
from miernik_calls.calls.models import call, call_version
from miernik_calls.organisations.models import organisation
from miernik_calls.programme.models import programme_node
from miernik_calls.programme.queries import read_starts
from miernik_calls.tables import tables
from miernik_shared.copy_frames import copy_frame
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.external_ids import ExternalId
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

change = tables.change_log.change
APPLICATION_ORDER = Keyset("applications", (application.c.office, application.c.number), (str, str))
"""Order of applications in lists: by office, then by number."""

# The code of the call's node where the application hangs neither on it nor below it; else null.
_CALL_NODE: Label[str] = literal_column(
    """
    (select of_call.code from programme_node of_call
    where of_call.node_no = call_version.node_no and of_call.node_no not in (
        with recursive above (node_no) as (
            select application_version.node_no
            union all
            select parent_no from programme_node join above using (node_no) where parent_no is not null
        ) select node_no from above))
""",
    Text,
).label("call_node")


def _select_versions(position: int | None = None) -> AnySelect:
    """Versions with the ids and codes of what they refer to, as known at a position."""
    version = application_version.c
    later = call_version.alias("later")
    known = [] if position is None else [call_version.c.position <= position]
    newer = [later.c.call_no == call_version.c.call_no, later.c.version > call_version.c.version]
    newer += [] if position is None else [later.c.position <= position]
    newest_call = and_(*known, ~select(later.c.version).where(*newer).exists())
    joined = (
        application_version.join(application, application.c.application_no == version.application_no)
        .outerjoin(programme_node, programme_node.c.node_no == version.node_no)
        .outerjoin(call, call.c.call_no == version.call_no)
        .outerjoin(call_version, and_(call_version.c.call_no == call.c.call_no, newest_call))
        .outerjoin(organisation, organisation.c.organisation_no == version.organisation_no)
    )
    named = [
        programme_node.c.code.label("node"),
        programme_node.c.id.label("node_id"),
        call.c.id.label("call"),
        call_version.c.number.label("call_number"),
        organisation.c.id.label("organisation"),
        _CALL_NODE,
    ]
    identity = [
        application.c.id,
        application.c.number,
        application.c.number_key,
        application.c.current_version,
        application.c.freed_ids,
    ]
    return select(application_version, *identity, *named).select_from(joined)


def select_current_applications() -> AnySelect:
    """Applications with their current version."""
    return _select_versions().where(application_version.c.version == application.c.current_version)


def select_known_applications(position: int) -> AnySelect:
    """Applications as they were known at a position, each with its newest version recorded by then."""
    recorded = application_version.alias("recorded")
    newest = select(func.max(recorded.c.version)).where(
        recorded.c.application_no == application.c.application_no, recorded.c.position <= position
    )
    return _select_versions(position).where(application_version.c.version == newest.scalar_subquery())


# One application with its current version.
_BY_ID = select_current_applications().where(application.c.id == bindparam("id"))
# Identities of the applications with a number in any spelling, annulled ones left out: one, or doubles of before, the
# eldest first.
_BY_NUMBER = (
    select(application)
    .where(
        application.c.office == bindparam("office"),
        application.c.number_key == bindparam("number_key"),
        ~application.c.annulled,
    )
    .order_by(application.c.double_no)
)
# All versions of an application, oldest first, each with its list and the time of its change.
_VERSIONS = (
    _select_versions()
    .add_columns(
        select(application_import.c.id)
        .where(application_import.c.import_no == application_version.c.import_no)
        .scalar_subquery()
        .label("import_id"),
        select(change.c.at).where(change.c.position == application_version.c.position).scalar_subquery().label("at"),
    )
    .where(application.c.id == bindparam("id"))
    .order_by(application_version.c.version)
)
# Keys and public ids of an office's nodes.
_NODE_IDS = select(programme_node.c.node_no, programme_node.c.id).where(programme_node.c.office == bindparam("office"))
NUMBERS = """
    select 'application' as kind, office as scope, number_key as key, application_no::bigint as age, id,
        number as identifier
    from application where not annulled
"""
"""Numbers of the applications, annulled ones left out, for the search of doubles."""
# Locks one application, and nothing else: a row that is read by the statement that waits for the lock is joined with
# rows of before the wait.
_LOCK = text("select from application where id = :id for update")
# Locks the applications with some numbers, in the order of their keys.
_LOCK_NUMBERS = text("""
    select from application where office = :office and number_key = any (:number_keys) and not annulled
    order by application_no for update
""")
# Identities and current states of the applications with some numbers in any spelling, annulled ones left out; of
# doubles, of the eldest.
_STORED = text(f"""
    select distinct on (number_key) application.number, number_key, cast(application.id as text) as id, application_no,
        version, {", ".join(f"state.{name}" for name in STATE)}
    from application join application_version state using (application_no)
    where application.office = :office and number_key = any (:number_keys) and version = current_version
        and not application.annulled
    order by number_key, double_no
""")
# Condition: the application's node is one with a code, or below one.
_SUBTREE = """
    application_version.node_no in (
        with recursive subtree (node_no) as (
            select node_no from programme_node
            where code = :node and (cast(:node_office as text) is null or office = :node_office)
            union all
            select child.node_no from programme_node child join subtree on child.parent_no = subtree.node_no
        ) select node_no from subtree)
"""
# Calls of an office with the node that each belongs to now, and the node's code.
_NODES_OF_CALLS = text("""
    select call_no, node_no, code from (
        select distinct on (call_no) call_no, node_no from call join call_version using (call_no)
        where call.office = :office order by call_no, version desc
    ) standing join programme_node using (node_no)
""")
# Each node of an office with itself and with every node above it.
_NODES_ABOVE = text("""
    with recursive within (node_no, above_no, code) as (
        select node_no, node_no, code from programme_node where office = :office
        union all
        select within.node_no, parent_no, within.code
        from within join programme_node above on above.node_no = above_no where parent_no is not null
    ) select * from within
""")
# Median of the submitted amounts of calls, and of nodes for applications without a call, where there are enough.
_MEDIANS = text("""
    select call_no, case when call_no is null then node_no end as node_no,
        percentile_cont(0.5) within group (order by submitted_value_pln) as median
    from application join application_version version using (application_no)
    where application.office = :office and version.version = application.current_version
        and submitted_value_pln is not null
        and (cast(:calls as integer[]) is null or call_no = any (:calls) or call_no is null and node_no = any (:nodes))
    group by 1, 2
    having count(*) >= :enough
""")
# Current budget of each call of an office that has one.
_BUDGETS = text("""
    select call_no, budget_pln from (
        select distinct on (call_no) call_no, budget_pln from call join call_version using (call_no)
        where call.office = :office and (cast(:calls as integer[]) is null or call_no = any (:calls))
        order by call_no, version desc
    ) standing where budget_pln is not null
""")

_STATE_COLUMNS = ", ".join(STATE)
_VERSION_COLUMNS = ", ".join((*STATE, *MARKS))
# The table of the session into which new versions are copied.
_CREATE_STAGED = text("""
    create temporary table if not exists staged_application (
        number text, number_key text, id uuid, application_no integer, version integer, node_no integer,
        call_no integer, organisation_no integer, title text, submitted_on date, submitted_value_pln numeric(18, 2),
        formally_positive_on date, formally_positive_value_pln numeric(18, 2), accepted_on date,
        accepted_value_pln numeric(18, 2), withdrawn_on date, rejected_on date, annulled boolean,
        restored_version integer
    ) on commit delete rows
""")
# Registers the applications that are new; a number that was registered in between is left out.
_REGISTER_STAGED = text("""
    insert into application (id, office, number, number_key, current_version)
    select id, :office, number, number_key, version from staged_application
    where application_no is null order by number_key
    on conflict (office, number_key, double_no) where not annulled do nothing
""")
# Moves each application to its new version.
_POINT_TO_STAGED = text("""
    update application set current_version = staged.version, annulled = staged.annulled
    from staged_application staged where staged.application_no = application.application_no
""")
_REACHED = ", ".join(f"('{stage}', state.{stage}_on, state.{stage}_value_pln)" for stage in STAGES)
# Adds the stages of the staged versions, unless annulled, to the sums of their days; subtracts those of the versions
# before.
_ROLL_UP_STAGED = text(f"""
    with state as (
        select 1 as sign, {_STATE_COLUMNS} from staged_application where not annulled
        union all
        select -1, {", ".join(f"former.{name}" for name in STATE)}
        from staged_application staged join application_version former
            on former.application_no = staged.application_no and former.version = staged.version - 1
    )
    insert into pipeline_rollup (office, node_no, call_no, stage, effective_on, number, value_pln)
    select :office, coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on, sum(sign), sum(sign * value_pln)
    from state cross join lateral (values {_REACHED}) reached (stage, effective_on, value_pln)
    where effective_on is not null
    group by coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on
    having sum(sign) <> 0 or sum(sign * value_pln) <> 0
    order by coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on
    on conflict (office, node_no, call_no, stage, effective_on) do update set
        number = pipeline_rollup.number + excluded.number,
        value_pln = pipeline_rollup.value_pln + excluded.value_pln
""")
# Appends the new versions, with the position of their change.
_APPEND_STAGED = text(f"""
    insert into application_version (application_no, version, office, {_VERSION_COLUMNS}, import_no, reason, position)
    select application.application_no, staged.version, :office,
        {", ".join(f"staged.{name}" for name in (*STATE, *MARKS))}, :import_no, :reason, :position
    from staged_application staged join application on application.id = staged.id
    order by application.application_no
""")


async def find_by_id(connection: AsyncConnection, application_id: UUID) -> AnyRow | None:
    """One application by its public id."""
    return (await connection.execute(_BY_ID, {"id": application_id})).one_or_none()


async def find_by_number(connection: AsyncConnection, office: str, number_key: str) -> AnyRow | None:
    """Identity of the application with this number in the office, in any spelling; of doubles the eldest."""
    return (await connection.execute(_BY_NUMBER, {"office": office, "number_key": number_key})).first()


async def lock_application(connection: AsyncConnection, application_id: UUID) -> AnyRow | None:
    """One application by its public id, locked against other writers."""
    await connection.execute(_LOCK, {"id": application_id})
    return await find_by_id(connection, application_id)


async def free_external_ids(connection: AsyncConnection, row: AnyRow, known: Sequence[ExternalId]) -> None:
    """Free the numbers of other systems for another application; the row retains a copy for display."""
    freed = [one.model_dump() for one in known]
    await connection.execute(
        update(application).where(application.c.application_no == row.application_no).values(freed_ids=freed)
    )
    identifier = tables.external_identifier
    of_row = identifier.c.entity == "application", identifier.c.entity_id == row.id
    await connection.execute(delete(identifier).where(*of_row))


def hangs_on_or_below(node: str, office: str | None) -> ColumnElement[bool]:
    """Condition: applications of a node and of all nodes below it."""
    return text(_SUBTREE).bindparams(node=node, node_office=office)  # type: ignore[return-value]


def hangs_directly_on(node: str | None) -> ColumnElement[bool]:
    """Condition: applications of the nodes with a code, not of those below; without a code, those without a node."""
    return application_version.c.node_no.is_(None) if node is None else programme_node.c.code == node


def reached_stage(stage: Stage, day: date | None) -> ColumnElement[bool]:
    """Condition: applications that reached a stage, up to a day if one is given."""
    reached_on = application_version.c[f"{stage}_on"]
    return reached_on.is_not(None) if day is None else reached_on <= day


async def list_applications(
    connection: AsyncConnection,
    filters: Sequence[ColumnElement[bool]],
    paging: PageRequest,
    position: int | None = None,
) -> PageOfRows:
    """One page of the applications that pass the filters, current or as known at a position."""
    query = select_current_applications() if position is None else select_known_applications(position)
    return await read_page(connection, query.where(*filters), APPLICATION_ORDER, paging)


async def lock_stored_applications(connection: AsyncConnection, office: str, keys: Sequence[str]) -> pl.DataFrame:
    """Current rows of the applications whose numbers have these keys, locked in the order of their surrogate keys."""
    parameters = {"office": office, "number_keys": list(keys)}
    await connection.execute(_LOCK_NUMBERS, parameters)
    rows = (await connection.execute(_STORED, parameters)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema={**IDENTITY, **STATE}, orient="row")


async def list_versions(connection: AsyncConnection, application_id: UUID) -> list[AnyRow]:
    """All versions of an application, oldest first, each with its change and the list it came from."""
    return list((await connection.execute(_VERSIONS, {"id": application_id})).all())


async def map_node_ids(connection: AsyncConnection, office: str) -> dict[int, UUID]:
    """Public ids of an office's nodes by surrogate key."""
    return {row.node_no: row.id for row in await connection.execute(_NODE_IDS, {"office": office})}


async def read_programme_tree(connection: AsyncConnection, office: str) -> ProgrammeTree:
    """The programme tree of an office and the nodes of its calls."""
    calls = await connection.execute(_NODES_OF_CALLS, {"office": office})
    nodes = await connection.execute(_NODES_ABOVE, {"office": office})
    return ProgrammeTree(
        pl.DataFrame(
            list(map(tuple, calls)),
            schema={"call_no": pl.Int32, "call_node_no": pl.Int32, "call_node": pl.String},
            orient="row",
        ),
        pl.DataFrame(
            list(map(tuple, nodes)),
            schema={"node_no": pl.Int32, "call_node_no": pl.Int32, "node": pl.String},
            orient="row",
        ),
    )


async def read_surroundings(
    connection: AsyncConnection, office: str, call_no: int | None = None, node_no: int | None = None
) -> Surroundings:
    """Surroundings of the applications of an office: of one call and node, or of all if neither is given."""
    one = call_no is not None or node_no is not None
    scope = {"office": office, "calls": [call_no] if one else None}
    medians = await connection.execute(_MEDIANS, scope | {"nodes": [node_no], "enough": ENOUGH})
    rows = [(row.call_no, row.node_no, float(row.median)) for row in medians]
    budgets = {row.call_no: float(row.budget_pln) for row in await connection.execute(_BUDGETS, scope)}
    return Surroundings(await read_starts(connection, office), build_medians(rows), budgets)


async def stage_versions(connection: AsyncConnection, rows: pl.DataFrame) -> None:
    """Copy new versions into the staging table, where the following statements find them until the transaction ends."""
    await connection.execute(_CREATE_STAGED)
    await copy_frame(connection, "staged_application", rows.select(*IDENTITY, *STATE, *MARKS))


async def register_staged(connection: AsyncConnection, office: str) -> int:
    """Register the new ones among the staged applications. Returns their number."""
    return (await connection.execute(_REGISTER_STAGED, {"office": office})).rowcount


async def apply_staged(connection: AsyncConnection, office: str) -> None:
    """Make the staged versions the current ones, and update the sums by stage."""
    await connection.execute(_POINT_TO_STAGED)
    await connection.execute(_ROLL_UP_STAGED, {"office": office})


async def append_staged(
    connection: AsyncConnection, office: str, position: int, import_no: int | None, reason: str | None
) -> None:
    """Append the staged versions under the position of their change."""
    parameters = {"office": office, "import_no": import_no, "reason": reason, "position": position}
    await connection.execute(_APPEND_STAGED, parameters)
