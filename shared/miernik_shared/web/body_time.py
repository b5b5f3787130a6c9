"""Time limits on the body of a request: a half-sent body occupies a connection for nothing."""

import asyncio
from collections.abc import AsyncGenerator

from miernik_shared.problems import Problem


async def limit_time(chunks: AsyncGenerator[bytes], seconds: float, pause: float) -> AsyncGenerator[bytes]:
    """Yield the chunks of a body that arrives within some seconds, without a longer pause. Raises 408 otherwise.

    The time in which the consumer of the chunks is busy counts towards ``seconds``, not towards ``pause``.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(pause, left)):
                chunk = await anext(chunks, None)
        except TimeoutError as error:
            raise Problem(408, "body_too_slow", headers={"Connection": "close"}) from error
        if chunk is None:
            return
        yield chunk
