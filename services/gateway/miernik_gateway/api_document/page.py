"""Page of the API's documentation: Swagger UI, with its script in a file of its own, so that none is inline."""

import json
from string import Template

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: nothing from another host, no inline script or style, no frame around it."""
_PAGE = Template("""<!DOCTYPE html>
<html lang="pl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="$files/swagger-ui.css">
<link rel="icon" href="$files/favicon.png">
<title>Miernik – dokumentacja API</title>
</head>
<body>
<div id="swagger-ui"></div>
<script src="$files/swagger-ui-bundle.js"></script>
<script src="$script"></script>
</body>
</html>
""")
_SCRIPT = Template("""SwaggerUIBundle(Object.assign($settings, {
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
}));
""")


def render_page(files: str, script: str) -> str:
    """HTML of the page, for the addresses of Swagger UI's files and of the page's script."""
    return _PAGE.substitute(files=files, script=script)


def render_script(document: str) -> str:
    """Script of the page, which shows the OpenAPI document at an address."""
    settings = {
        "url": document,
        "dom_id": "#swagger-ui",
        "layout": "BaseLayout",
        "deepLinking": True,
        "showExtensions": True,
        "showCommonExtensions": True,
        # No validator: it would be another host's.
        "validatorUrl": None,
        "docExpansion": "none",
        "filter": True,
    }
    return _SCRIPT.substitute(settings=json.dumps(settings))
