"""Request bodies that FastAPI validates with Pydantic, parsed by the strict parser instead of FastAPI's."""

from email.message import Message
from typing import Any

from starlette.requests import Request

from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import Problem
from miernik_shared.strict_json import RepeatedKeysError, parse_json, repeated_keys_problem

_UNPARSED = object()


class JsonRequest(Request):
    """Request whose JSON body has one reading: no repeated key, no NaN, no Infinity."""

    _document: Any = _UNPARSED

    async def json(self) -> Any:
        """Parse the body, once. Raises 400 for malformed JSON, 422 for repeated keys."""
        if self._document is _UNPARSED:
            self._document = await _parse_body(await self.body())
        return self._document


async def parse_json_body(request: JsonRequest) -> None:
    """Parse the body if it is declared to be JSON, before a transaction begins.

    FastAPI parses it inside of the transaction, and would hide the refusals of :meth:`JsonRequest.json`.
    """
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    subtype = header.get_content_subtype()
    declared = header.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
    if declared and await request.body():
        await request.json()


async def _parse_body(body: bytes) -> Any:
    try:
        return await run_in_thread_if_large(len(body), parse_json, body)
    except RepeatedKeysError as error:
        raise repeated_keys_problem(error) from error
    except ValueError as error:
        raise Problem(400, "json_malformed") from error
