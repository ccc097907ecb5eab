"""The own scripts as one file, and the own styles: a page that names fifty asks for each at every load."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

from flask import Flask, Response

from dashboard.page import ASSETS

TYPES = {"js": "text/javascript", "css": "text/css"}


@dataclass(frozen=True)
class Bundle:
    """Served as `/assets/<kind>/all.<kind>`: beside its parts, which name other files from where they are."""

    kind: str
    text: str

    @cached_property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def path(self) -> str:
        return f"/assets/{self.kind}/all.{self.kind}"

    @property
    def url(self) -> str:
        """Its address, with its version so that browsers may keep it for good."""
        return f"{self.path}?m={self.version}"


@lru_cache(2)
def bundle(kind: str) -> Bundle:
    """The files of this kind in the order of their names, each after a line that names it."""
    files = sorted((ASSETS / kind).glob(f"*.{kind}"))
    return Bundle(kind, "\n".join(f"/* {file.name} */\n{file.read_text(encoding='utf-8')}" for file in files))


def install(server: Flask) -> None:
    """Serves both."""
    for kind in TYPES:
        server.add_url_rule(bundle(kind).path, f"bundle_{kind}", partial(serve, bundle(kind)))


def serve(made: Bundle) -> Response:
    response = Response(made.text, mimetype=TYPES[made.kind])
    response.set_etag(made.version)
    return response
