"""GET /docs: the API's description to read and to try, with Swagger UI from this machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from api.openapi import description
from api.serial import json_response

FILES = ("css/swagger-ui.css", "js/swagger-ui-bundle.js")
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flowglass API</title>
<link rel="stylesheet" href="/docs/css/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="/docs/js/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({url: "/api/v1/openapi.json", dom_id: "#api", validatorUrl: null,
  deepLinking: true, docExpansion: "list"});
"""


def blueprint() -> Blueprint:
    """The page, its files, and the document."""
    routes = Blueprint("api_docs", __name__)
    routes.add_url_rule("/docs", "page", lambda: Response(PAGE, mimetype="text/html"))
    routes.add_url_rule("/docs/start.js", "start", lambda: Response(START, mimetype="text/javascript"))
    routes.add_url_rule("/api/v1/openapi.json", "document", lambda: json_response(description()))
    for name in FILES:
        routes.add_url_rule(f"/docs/{name}", name.rpartition("/")[2].replace(".", "_"), _file(name))
    return routes


def _file(name: str) -> Callable[[], Response]:
    return lambda: send_from_directory(_swagger(), name, max_age=86_400)


def _swagger() -> Path:
    """Where the package keeps Swagger UI; it is not imported, only its files are sent."""
    found = find_spec("flask_openapi3_swagger")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "templates" / "swagger"
