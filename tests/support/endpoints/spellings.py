"""Checks of spellings at every endpoint: none is stored as a second thing, none hides what is stored."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from tests.support.answers import describe_answer, ok
from tests.support.builders.spellings import RECOGNISED_SPELLINGS, respell
from tests.support.endpoints.matrix import IF_FIRST, Endpoint, EndpointClient
from tests.support.endpoints.selection import each

UNSEEN = ("\u200b", "\ufeff", "\u00ad", "\x1b")
ANOTHER_SYSTEM = [{"system": "abc", "value": "A-1/2 b"}]
Place = tuple[str | int, ...]


def texts_of(body: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Texts in a body with their places."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    if isinstance(body, str):
        yield place, body
    for key, value in items:
        yield from texts_of(value, (*place, key))


def with_text(body: Mapping[str, Any], place: Place, text: str) -> dict[str, Any]:
    """The body with another text in one place."""
    changed = copy.deepcopy(dict(body))
    parent: Any = changed
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = text
    return changed


def spellings(text: str) -> list[str]:
    """Other spellings of a text that have its key."""
    return [*(form.format(text) for form in RECOGNISED_SPELLINGS.values()), *respell(text).values()]


def pointers(answer: httpx.Response) -> set[str]:
    return {error["pointer"] for error in answer.json().get("errors", [])}


class SpellingChecks:
    """The checks. They are run with those of `EndpointChecks`."""

    @each(lambda endpoint: endpoint.body and not endpoint.any_object)
    async def test_an_invisible_character_is_refused_in_every_text(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        body = json.loads(client.content(endpoint) or b"{}")
        for place, text in texts_of(body):
            for character in UNSEEN:
                content = json.dumps(with_text(body, place, text + character)).encode()
                answer = await client.send(endpoint, content=content, headers=IF_FIRST)
                assert answer.status_code == 422, describe_answer(answer)
                assert "/" + "/".join(map(str, place)) in pointers(answer), describe_answer(answer)

    @each(lambda endpoint: endpoint.method == "POST" and endpoint.body and not endpoint.changes)
    async def test_another_spelling_makes_no_second_thing(self, own_client: EndpointClient, endpoint: Endpoint) -> None:
        body = json.loads(own_client.content(endpoint) or b"{}")
        document = json.dumps(own_client.service.app.openapi()["paths"][endpoint.template])
        if 'x-miernik-external-ids": true' in document:
            body |= {"external_ids": ANOTHER_SYSTEM}
        ok(await own_client.send(endpoint, content=json.dumps(body).encode()))
        again = await own_client.send(endpoint, content=json.dumps(body).encode())
        for place, text in texts_of(body):
            for spelling in spellings(text):
                content = json.dumps(with_text(body, place, spelling)).encode()
                answer = await own_client.send(endpoint, content=content)
                # The very same request shows whether this thing is recorded once.
                assert 400 <= answer.status_code < 500 or again.is_success, describe_answer(answer)

    @each(lambda endpoint: endpoint.lists)
    async def test_a_filter_finds_what_is_stored_under_any_spelling(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        items = ok(await client.send(endpoint))["items"]
        operation = client.service.app.openapi()["paths"][endpoint.template]["get"]
        names = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        known = {name: items[0][name] for name in names & (items[0] if items else {}).keys()}
        for name, value in known.items():
            if not isinstance(value, str):
                continue
            found = ok(await client.send(endpoint, path=endpoint.asking(f"{name}={quote(value)}")))["items"]
            for spelling in [*spellings(value), *(value + one for one in UNSEEN)]:
                answer = await client.send(endpoint, path=endpoint.asking(f"{name}={quote(spelling)}"))
                assert answer.status_code == 422 or ok(answer)["items"] == found, describe_answer(answer)

    @each(lambda endpoint: endpoint.method == "GET" and (endpoint.by_external_id or "{code}" in endpoint.template))
    async def test_an_address_finds_what_is_stored_under_any_spelling(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        parts = client.filled(endpoint.address).split("/")
        named = [index for index, part in enumerate(endpoint.template.split("/")) if part.startswith("{")]
        found = ok(await client.send(endpoint))
        for index in named:
            value = parts[index]
            for spelling in [*spellings(value), *(value + one for one in UNSEEN)]:
                path = "/".join([*parts[:index], quote(spelling, safe=""), *parts[index + 1 :]])
                answer = await client.send(endpoint, path=path)
                assert answer.status_code in (404, 422) or ok(answer) == found, describe_answer(answer)
                # Only codes of the state, which are digits, are not recognised in another spelling.
                assert answer.is_success or "territories" in endpoint.template, describe_answer(answer)
