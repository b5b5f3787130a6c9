"""ASGI middleware in front of everything: headers that tell browsers how little they may do with an answer.

``Strict-Transport-Security`` is not among them: the gateway speaks plain HTTP, and the proxy that ends TLS in front of
it sends that header.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = b"content-security-policy"
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_DATA_ONLY = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
"""Policy of answers that are data; the page of the documentation has one of its own."""


class SecurityHeaders:
    """Middleware that adds the headers to every answer, whoever in the application gives it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *_HEADERS]
                if all(name != _POLICY for name, _ in message["headers"]):
                    headers.append(_DATA_ONLY)
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_headers)
