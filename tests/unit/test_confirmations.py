"""Tokens of unlikely values: what each covers, and what a request with some of them confirms."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.confirmations import (
    TOKEN,
    Confirmations,
    UnlikelyValue,
    digest_request,
    make_token,
    refuse_unconfirmed,
)
from miernik_shared.problems import Problem
from miernik_shared.uploads.findings import build_findings, findings_from_table
from miernik_shared.uploads.unlikely_rows import add_tokens, drop_unlikely_of_refused_rows

PATH, CONTENT = "/v1/exchange-rates", digest_request("POST", "/v1/exchange-rates", "", "application/json", b"{}")
WORDS = st.text(max_size=20)
PLACES = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4)
"""Pairs of pointer and value."""


def unlikely(*values: str, code: str = "rate_far_from_others") -> list[UnlikelyValue]:
    return [UnlikelyValue(f"/rows/{number}", code, value) for number, value in enumerate(values)]


def given_tokens(*tokens: str) -> Confirmations:
    return Confirmations(tokens, lambda: CONTENT)


@given(WORDS, PLACES, WORDS, PLACES)
def test_two_findings_share_a_token_only_if_they_are_the_same(
    code: str, places: list[tuple[str, str]], other_code: str, others: list[tuple[str, str]]
) -> None:
    one, other = make_token(CONTENT, code, places), make_token(CONTENT, other_code, others)

    assert re.fullmatch(TOKEN, one)
    assert (one == other) is ((code, places) == (other_code, others))
    assert one != make_token(b"another content", code, places)


@pytest.mark.parametrize(
    ("method", "path", "query", "media_type", "body"),
    [
        ("PUT", PATH, "", "application/json", b"{}"),
        ("POST", "/v1/allocations", "", "application/json", b"{}"),
        ("POST", PATH, "office=04", "application/json", b"{}"),
        ("POST", PATH, "", "text/csv", b"{}"),
        ("POST", PATH, "", "application/json", b"{ }"),
    ],
)
def test_token_covers_every_part_of_the_request(
    method: str, path: str, query: str, media_type: str, body: bytes
) -> None:
    assert digest_request(method, path, query, media_type, body) != CONTENT


@pytest.mark.parametrize("query", ["confirm=bcdfghjkmnpq", "dry_run=true", "dry_run=false&confirm=x"])
def test_token_covers_neither_itself_nor_the_dry_run(query: str) -> None:
    assert digest_request("POST", PATH, query, "application/json", b"{}") == CONTENT


def test_order_of_parameters_changes_no_token() -> None:
    orders = [digest_request("POST", PATH, query, "", b"") for query in ("a=1&b=2", "b=2&a=1&confirm=c")]

    assert orders[0] == orders[1]


def test_request_without_tokens_lacks_every_confirmation() -> None:
    asked = given_tokens()
    missing = asked.confirm(asked.describe(unlikely("41443", "43917")))

    assert [(kind.code, kind.count, len(kind.errors)) for kind in missing] == [("rate_far_from_others", 2, 2)]
    with pytest.raises(Problem) as refused:
        refuse_unconfirmed(missing)
    assert (refused.value.status, refused.value.code) == (422, "confirmation_required")
    assert refused.value.members["confirmations"][0]["token"] == missing[0].token
    assert asked.confirmed == []


@given(st.lists(WORDS, min_size=1, max_size=5), st.data())
def test_exactly_the_right_tokens_confirm_all_values(values: list[str], data: st.DataObject) -> None:
    (kind,) = given_tokens().describe(unlikely(*values))
    each = [error.token for error in kind.errors if error.token]
    chosen = data.draw(st.sets(st.sampled_from(each)))
    asked = given_tokens(*chosen)
    missing = asked.confirm([kind])

    assert asked.unused == []
    assert {one.token for one in asked.confirmed} == chosen
    assert {error.token for one in missing for error in one.errors} == set(each) - chosen


def test_token_of_a_kind_confirms_all_its_values_at_once() -> None:
    (kind,) = given_tokens().describe(unlikely("41443", "43917"))
    asked = given_tokens(kind.token)

    assert asked.confirm([kind]) == []
    assert [(one.token, one.count, one.pointer) for one in asked.confirmed] == [(kind.token, 2, None)]


def test_token_of_a_kind_beside_one_of_its_values_is_left_over() -> None:
    (kind,) = given_tokens().describe(unlikely("41443", "43917"))
    single = kind.errors[0].token or ""
    asked = given_tokens(kind.token, single)

    assert asked.confirm([kind]) == []
    assert asked.unused == [single]


def test_token_of_a_changed_value_confirms_nothing() -> None:
    (kind,) = given_tokens().describe(unlikely("41443"))
    asked = given_tokens(kind.token)
    missing = asked.confirm(asked.describe(unlikely("41444")))

    assert [one.values for one in missing] == [("41444",)]
    assert asked.unused == [kind.token]


def test_confirmed_value_names_its_place_and_value() -> None:
    (kind,) = given_tokens().describe([replace(unlikely("41443")[0], params={"near": "4.1445"})])
    asked = given_tokens(kind.token)
    asked.confirm([kind])

    (confirmed,) = asked.confirmed
    assert (confirmed.pointer, confirmed.value, confirmed.params) == ("/rows/0", "41443", {"near": "4.1445"})


def test_endpoint_that_declares_no_confirmation_needs_none() -> None:
    assert Confirmations().describe([]) == []
    with pytest.raises(RuntimeError, match="confirms"):
        Confirmations().describe(unlikely("41443"))


def rows(*values: str) -> pl.DataFrame:
    table = pl.DataFrame({"row_no": range(2, len(values) + 2), "value": values}, schema_overrides={"row_no": pl.Int32})
    return build_findings(table, "value", "value_far_from_former", seen="value", severity="confirm")


def test_rows_of_a_table_have_the_tokens_of_their_kind() -> None:
    table = rows("24000", "25000", "26000")
    told, (kind,) = add_tokens(CONTENT, table, findings_from_table(table.head(2)))

    assert kind.count == 3
    assert [one.token for one in told] == [error.token for error in kind.errors]
    assert len({kind.token, *(one.token for one in told)}) == 3
    # The third finding is beyond those that are shown: only the token of the kind confirms it.
    asked = given_tokens(*(one.token or "" for one in told))
    assert [(one.errors, one.token) for one in asked.confirm([kind])] == [((), kind.token)]
    assert given_tokens(kind.token).confirm([kind]) == []


def test_value_of_a_row_changes_the_token_of_its_kind() -> None:
    kinds = [add_tokens(CONTENT, table, [])[1][0] for table in (rows("24000", "25000"), rows("24000", "25001"))]

    assert kinds[0].token != kinds[1].token


def test_unlikely_value_in_a_row_with_an_error_needs_no_confirmation() -> None:
    table = rows("24000", "25000")
    error = table.head(1).with_columns(severity=pl.lit("error"), code=pl.lit("unit_unknown"))

    kept = drop_unlikely_of_refused_rows(pl.concat([table, error]))

    assert kept.select("row_no", "severity").rows() == [(2, "error"), (3, "confirm")]
