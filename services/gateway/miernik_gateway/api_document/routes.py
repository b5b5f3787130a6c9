"""Routes ``GET /v1/openapi.json``, its page ``/docs`` and the redirect from ``/`` to that page.

They need no API key: they describe the API and contain no data.

The page is Swagger UI, served from the static files of the package ``fastapi-offline``. A Content-Security-Policy
forbids the browser to load anything from another host, and inline scripts and styles.
"""

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from miernik_gateway.api_document.document import ApiDocument
from miernik_gateway.api_document.page import POLICY, render_page, render_script
from miernik_gateway.cache.answers import Variant, accepted_encoding
from miernik_shared.web.request_headers import combine_header
from miernik_shared.web.routes import DeclaredRoute

PATH = "/v1/openapi.json"
PAGE = "/docs"
_FILES = f"{PAGE}/files"
_SCRIPT = f"{PAGE}/start.js"


def add_api_document(app: FastAPI, document: ApiDocument) -> None:
    """Add the document and its page to the application."""
    router = APIRouter(include_in_schema=False)

    async def read_document(request: Request) -> Response:
        content = await document.read()
        encoding = accepted_encoding(combine_header(request.headers, "Accept-Encoding") or "")
        variant = Variant.of(content, encoding, "pl")
        status, headers, body = variant.answer(combine_header(request.headers, "If-None-Match"))
        response = Response(body, status)
        response.raw_headers = headers
        if document.missing:
            response.headers["Miernik-Degraded"] = ", ".join(document.missing)
        return response

    # Not the route class of the whole router: the pages below ignore unknown query parameters, which browsers may add.
    router.add_api_route(PATH, read_document, route_class_override=DeclaredRoute)

    @router.get("/")
    async def redirect_to_page() -> Response:  # pyright: ignore[reportUnusedFunction]
        return RedirectResponse(PAGE)

    @router.get(PAGE)
    async def read_page() -> Response:  # pyright: ignore[reportUnusedFunction]
        return HTMLResponse(render_page(_FILES, _SCRIPT), headers={"Content-Security-Policy": POLICY})

    @router.get(_SCRIPT)
    async def read_script() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(render_script(PATH), media_type="text/javascript")

    app.include_router(router)
    app.mount(_FILES, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-files")
