"""Work that keeps the processor busy: beside the event loop where it is long enough to be worth a change of thread."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_SMALL = 64 * 1024
"""Bytes of a return that are worked on faster than a thread takes them over: some two milliseconds."""
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


async def beside(
    size: int, function: Callable[_Arguments, _Result], *arguments: _Arguments.args, **keywords: _Arguments.kwargs
) -> _Result:
    """Calls ``function``, in a thread if the return has more than a few bytes, so that other requests go on."""
    if size <= _SMALL:
        return function(*arguments, **keywords)
    return await asyncio.to_thread(function, *arguments, **keywords)
