"""``HEAD`` wherever there is ``GET`` (RFC 9110, 9.3.2), which FastAPI, unlike Starlette, does not provide."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware that passes ``HEAD`` to the application as ``GET``; the server omits the body of the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            # The matched route, for log and metrics.
            scope.update(asked, method="HEAD")
