"""What the words of a list stand for: nodes by code; calls by number, applicants by REGON or NIP, or by external id."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.applications.places import Places
from miernik_shared.uploads.spreadsheets import codes_as_dates, looks_like_a_date
from miernik_shared.values.organisation_numbers import compact, is_nip, is_regon

Resolved = tuple[int | None, str | None, str | None]
"""The small key, or a fault and what was probably meant."""
_NOTHING: Resolved = (None, None, None)
_NODES = text("select code, node_no from programme_node where office = :office")
_CALLS = text("""
    select word, call_no from (
        select distinct on (call_no) number as word, call_no
        from call join call_version using (call_no)
        where office = :office order by call_no, version desc
    ) numbered where word = any (:words)
    union
    select system || ':' || value, call_no
    from external_identifier known join call on call.id = known.entity_id
    where entity = 'call' and office = :office and system || ':' || value = any (:words)
""")
_ORGANISATIONS = text("""
    select word, organisation_no from (
        select distinct on (organisation_no) organisation_no, nip, regon
        from organisation_version where organisation_no in (
            select organisation_no from organisation_version where nip = any (:words) or regon = any (:words))
        order by organisation_no, version desc
    ) current cross join lateral (values (nip), (regon)) numbers (word)
    where word = any (:words)
    union
    select system || ':' || value, organisation_no
    from external_identifier known join organisation on organisation.id = known.entity_id
    where entity = 'organisation' and system || ':' || value = any (:words)
""")
_CALL_PLACES = text("""
    select call_no, node_no, code from (
        select distinct on (call_no) call_no, node_no from call join call_version using (call_no)
        where call.office = :office order by call_no, version desc
    ) standing join programme_node using (node_no)
""")
_NODES_ABOVE = text("""
    with recursive within (node_no, above_no, code) as (
        select node_no, node_no, code from programme_node where office = :office
        union all
        select within.node_no, parent_no, within.code
        from within join programme_node above on above.node_no = above_no where parent_no is not null
    ) select * from within
""")


async def node_table(connection: AsyncConnection, office: str, words: Sequence[str]) -> pl.DataFrame:
    """Nodes of the programme tree by code."""
    known = {row.code: row.node_no for row in await connection.execute(_NODES, {"office": office})}
    dates = codes_as_dates(words, known)
    resolved = {word: _node(word, known, dates) for word in words}
    return _table("node", "node_no", resolved)


async def places_of(connection: AsyncConnection, office: str) -> Places:
    """The programme tree of the office, and which of its calls hang where."""
    calls = await connection.execute(_CALL_PLACES, {"office": office})
    nodes = await connection.execute(_NODES_ABOVE, {"office": office})
    return Places(
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


def _node(word: str, known: Mapping[str, int], dates: Mapping[str, str | None]) -> Resolved:
    if not word or word in known:
        return known.get(word), None, None
    if word in dates:
        meant = dates[word]
        return None, "node_became_a_date" if meant else "node_is_a_date", meant
    return None, "application_node_unknown", None


async def call_table(connection: AsyncConnection, office: str, words: Sequence[str]) -> pl.DataFrame:
    """Calls of the office by number or external id."""
    rows = await connection.execute(_CALLS, {"office": office, "words": list(words)})
    known = _numbers_by_word((row.word, row.call_no) for row in rows)
    return _table("call", "call_no", {word: _one(word, known.get(word, []), "call") for word in words})


async def organisation_table(connection: AsyncConnection, words: Sequence[str]) -> pl.DataFrame:
    """Organisations by REGON, NIP or external id."""
    plain = {word: compact(word) or word for word in words}
    rows = await connection.execute(_ORGANISATIONS, {"words": list(plain.values())})
    known = _numbers_by_word((row.word, row.organisation_no) for row in rows)
    resolved = {word: _organisation(word, plain[word], known.get(plain[word], [])) for word in words}
    return _table("organisation", "organisation_no", resolved)


def _organisation(word: str, plain: str, numbers: list[int]) -> Resolved:
    if numbers or not plain.isdecimal() or is_nip(plain) or is_regon(plain):
        return _one(word, numbers, "organisation")
    # No organisation has it, and none can be registered with it.
    return None, "application_organisation_number_wrong", None


def _numbers_by_word(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for word, number in pairs:
        found.setdefault(word, []).append(number)
    return found


def _one(word: str, numbers: list[int], kind: str) -> Resolved:
    if not word:
        return _NOTHING
    if len(numbers) == 1:
        return numbers[0], None, None
    codes = {
        "call": ("application_call_ambiguous", "application_call_unknown"),
        "organisation": ("application_organisation_ambiguous", "application_organisation_unknown"),
    }
    ambiguous, unknown = codes[kind]
    if kind == "call" and not numbers and looks_like_a_date(word):
        unknown = "call_is_a_date"
    return None, ambiguous if numbers else unknown, None


def _table(word: str, key: str, resolved: Mapping[str, Resolved]) -> pl.DataFrame:
    schema = {word: pl.String, key: pl.Int32, "fault": pl.String, "expected": pl.String}
    return pl.DataFrame([(one, *rest) for one, rest in resolved.items()], schema=schema, orient="row")
