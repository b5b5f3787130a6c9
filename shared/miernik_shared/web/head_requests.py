"""``HEAD`` wherever there is ``GET`` (RFC 9110, 9.3.2): FastAPI, other than Starlette, does not answer it by itself."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware. The application answers as to ``GET``; the server, which knows better, sends no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            # The route that was found, which log and metrics tell.
            scope.update(asked, method="HEAD")
