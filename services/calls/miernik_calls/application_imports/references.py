"""Resolution of references in a list: nodes by code; calls by number, applicants by REGON or NIP; or external ids.

Each word is recognised in any spelling, by its key.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.application_imports import queries
from miernik_shared.uploads.spreadsheets import looks_like_a_date, match_dates_to_codes
from miernik_shared.values.identity import identity_key
from miernik_shared.values.organisation_numbers import (
    extract_digits,
    is_nip,
    is_regon,
    is_rounded_by_spreadsheet,
    restore_nip,
    restore_regon,
)

Resolved = tuple[int | None, str | None, str | None]
"""Surrogate key, error code and probable intended value of a reference, each ``None`` where there is none."""
_NOTHING: Resolved = (None, None, None)


async def resolve_nodes(connection: AsyncConnection, office: str, words: Sequence[str]) -> pl.DataFrame:
    """Resolve codes of nodes in the programme tree of an office."""
    known = await queries.list_node_keys(connection, office)
    keys = {word: identity_key(word) for word in words}
    dates = match_dates_to_codes(list(keys.values()), known)
    resolved = {word: _resolve_node(key, known, dates) for word, key in keys.items()}
    return _to_frame("node", "node_no", resolved)


def _resolve_node(word: str, known: Mapping[str, int], dates: Mapping[str, str | None]) -> Resolved:
    if not word or word in known:
        return known.get(word), None, None
    if word in dates:
        meant = dates[word]
        return None, "node_became_a_date" if meant else "node_is_a_date", meant
    return None, "application_node_unknown", None


async def resolve_calls(connection: AsyncConnection, office: str, words: Sequence[str]) -> pl.DataFrame:
    """Resolve numbers or external ids of calls of an office."""
    keys = {word: identity_key(word) for word in words}
    rows = await queries.find_calls_by_words(connection, office, list(keys.values()))
    known = _keys_by_word((row.word, row.call_no) for row in rows)
    resolved = {word: _resolve_key(key, known.get(key, []), "call") for word, key in keys.items()}
    return _to_frame("call", "call_no", resolved)


async def resolve_organisations(connection: AsyncConnection, words: Sequence[str]) -> pl.DataFrame:
    """Resolve REGONs, NIPs or external ids of organisations."""
    keys = {word: identity_key(word) for word in words}
    plain = {word: extract_digits(key) or key for word, key in keys.items()}
    rows = await queries.find_organisations_by_words(connection, list(plain.values()))
    known = _keys_by_word((row.word, row.organisation_no) for row in rows)
    resolved = {word: _resolve_organisation(word, plain[word], known.get(plain[word], [])) for word in words}
    return _to_frame("organisation", "organisation_no", resolved)


def _resolve_organisation(word: str, plain: str, numbers: list[int]) -> Resolved:
    if numbers or is_nip(plain) or is_regon(plain):
        return _resolve_key(word, numbers, "organisation")
    if is_rounded_by_spreadsheet(word):
        return None, "number_rounded_by_spreadsheet", None
    if restored := restore_nip(word) or restore_regon(word):
        return None, "number_changed_by_spreadsheet", restored
    if not plain.isdecimal():
        return _resolve_key(word, numbers, "organisation")
    # Its check digit is wrong: no organisation can be registered with it.
    return None, "application_organisation_number_wrong", None


def _keys_by_word(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for word, number in pairs:
        found.setdefault(word, []).append(number)
    return found


def _resolve_key(word: str, numbers: list[int], kind: str) -> Resolved:
    if not word:
        return _NOTHING
    if len(numbers) == 1:
        return numbers[0], None, None
    codes = {
        "call": ("application_call_ambiguous", "application_call_unknown"),
        "organisation": ("application_organisation_ambiguous", "application_organisation_unknown"),
    }
    ambiguous, unknown = codes[kind]
    if not numbers and is_rounded_by_spreadsheet(word):
        return None, "number_rounded_by_spreadsheet", None
    if kind == "call" and not numbers and looks_like_a_date(word):
        unknown = "call_is_a_date"
    return None, ambiguous if numbers else unknown, None


def _to_frame(word_column: str, key_column: str, resolved: Mapping[str, Resolved]) -> pl.DataFrame:
    schema = {word_column: pl.String, key_column: pl.Int32, "fault": pl.String, "expected": pl.String}
    return pl.DataFrame([(word, *reference) for word, reference in resolved.items()], schema=schema, orient="row")
