"""CPU-bound work in a thread, so that it does not block the event loop; small inputs are not worth the switch."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_SMALL = 64 * 1024
"""Bytes of input whose processing, about two milliseconds, is cheaper than the switch to a thread."""
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


async def run_in_thread_if_large(
    size: int, function: Callable[_Arguments, _Result], *arguments: _Arguments.args, **keywords: _Arguments.kwargs
) -> _Result:
    """Call ``function``, in a thread if the ``size`` of its input in bytes is more than 64 KiB."""
    if size <= _SMALL:
        return function(*arguments, **keywords)
    return await asyncio.to_thread(function, *arguments, **keywords)
