"""External identifiers: which are accepted, and which are one."""

from __future__ import annotations

from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from miernik_shared.external_ids import ExternalId, merge_external_ids
from miernik_shared.values.free_texts import STORED

PARTS = st.lists(st.sampled_from([".", "..", "...", "A", "ż", "%2e", "\uff0e", " ", "\u2215", "?", "#", "\\", "+"]))


def test_spellings_of_one_identifier_are_merged_and_the_known_one_stays() -> None:
    known = [ExternalId(system="lsi", value="A-1")]
    further = [ExternalId(system="\uff4csi", value="'A\u20111"), ExternalId(system="lsi", value="B"), known[0]]
    assert merge_external_ids(known, further) == [known[0], ExternalId(system="lsi", value="B")]


def test_known_doubles_stay() -> None:
    known = [ExternalId.model_construct(system="lsi", value=value) for value in ("A-1", "A-1\u200b")]
    assert merge_external_ids(known, known) == known


def test_a_stored_identifier_is_read_whatever_the_rule() -> None:
    stored = ExternalId.model_validate({"system": "a/b", "value": "..\u200b"}, context=STORED)
    assert (stored.system, stored.value) == ("a/b", "..\u200b")


@pytest.mark.parametrize(("system", "value"), [("a/b", "1"), (".", "1"), ("lsi", "A/../B"), ("lsi", "\u2025/1")])
def test_an_identifier_without_an_address_is_refused(system: str, value: str) -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        ExternalId(system=system, value=value)


@given(parts=PARTS, separator=st.sampled_from(["/", "", "-"]))
def test_every_accepted_identifier_survives_its_address(parts: list[str], separator: str) -> None:
    try:
        one = ExternalId(system="lsi", value=separator.join(parts))
    except ValidationError:
        return
    url = httpx.URL(f"http://gateway/v1/calls/by-external-id/lsi/{quote(one.value)}")
    sent = httpx.URL("http://gateway/v1/calls/by-external-id/lsi/").join(str(url))
    assert unquote(sent.raw_path.decode()).removeprefix("/v1/calls/by-external-id/lsi/") == one.value
