"""The built page: `frontend/dist` in a clone, `artkeep/_page` in an installed package.

The shell (`index.html`) holds no data, so it is the one thing that other sites may link to.
"""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, request
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.exceptions import HTTPException

import artkeep
from artkeep.web.errors import problem

bp = APIBlueprint("spa", __name__, doc_ui=False)

TABS = ("browse", "tags", "convert", "import", "database", "settings", "welcome")
SHELL = frozenset(
    {"/", *(f"/{tab}" for tab in TABS)}
)  # what a link elsewhere may lead to (SE-3)
_NEVER_A_PAGE = frozenset({"api", "media", "thumbs", "preview", "assets"})

_YEAR_S = 365 * 24 * 3600
_TYPES = {  # the system's own table may say text/plain for scripts (Windows)
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".zip": "application/zip",
    ".woff2": "font/woff2",
}
_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Artkeep</title>
<h1>The page is not built yet</h1>
<p>Artkeep itself runs; only its page is missing. Stop it, then start it again with:</p>
<pre>python launch_gui.py</pre>
<p>That builds the page. By hand it is, in the folder <code>frontend</code>:</p>
<pre>npm ci
npm run build</pre>
<p>The command line works meanwhile: <code>artkeep get --help</code></p>
</html>
"""


def page_folder() -> Path | None:
    """Where the built page lies; None when it is not built."""
    package = Path(artkeep.__file__).parent
    for folder in (package.parents[1] / "frontend" / "dist", package / "_page"):
        if (folder / "index.html").is_file():
            return folder
    return None


@bp.route("/")
def show_page() -> Response:
    """The shell; the page itself finds out which tab is meant."""
    folder = page_folder()
    if folder is None:
        return Response(_NOT_BUILT, 503, mimetype="text/html")
    return Response((folder / "index.html").read_bytes(), mimetype="text/html")


for _tab in TABS:
    bp.add_url_rule(f"/{_tab}", _tab, show_page)


@bp.app_errorhandler(404)
def show_unknown(_: HTTPException) -> Response:
    """Typed wrong: a browser gets the shell, whose router says so; scripts get JSON."""
    first = request.path.split("/")[1]
    if first in _NEVER_A_PAGE or "text/html" not in request.headers.get("Accept", ""):
        return problem(404, "not_found", "There is nothing at this address.")
    reply = show_page()
    if reply.status_code == 200:
        reply.status_code = 404
    return reply


@bp.route("/assets/<name>")
def show_asset(name: str) -> Response:
    """A file whose name changes with its content."""
    response = _send("assets", name)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response


@bp.route("/<name>")
def show_file(name: str) -> Response:
    """The few files beside the shell: icons, the script that chooses the theme."""
    response = _send("", name)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _send(subfolder: str, name: str) -> Response:
    """Names are looked for among those that are there, never made into paths."""
    folder = page_folder()
    kind = _TYPES.get(Path(name).suffix)
    if folder is not None and kind is not None and (folder / subfolder).is_dir():
        for path in (folder / subfolder).iterdir():
            if path.name == name:
                response = Response(path.read_bytes(), mimetype=kind)
                response.add_etag()
                response.make_conditional(request)
                return response
    return abort(404)
