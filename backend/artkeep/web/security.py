"""Who may ask: the outermost layer, in front of every route, also of errors and sockets.

Everything here is level 0 of reliability §6: always on, no switch. A request comes from this
machine; what has to be found out is whether it comes from our own page (or from a program that
is no browser), or from another page that happens to be open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response

from artkeep.web.errors import problem

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGE_POLICY = "; ".join(  # SE-7
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
    )
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)
_UNLESS_SAID = (  # a view may be stricter or, for files that never change, keep them cached
    ("Content-Security-Policy", PAGE_POLICY),
    ("Cache-Control", "no-store"),
)
UPLOADS = "/api/imports"  # where a body may be a file
# What an extension asks from its background (SE-20). Nothing there is told to who is not
# paired, and no page can take on the origin of an extension.
FROM_EXTENSIONS = frozenset(
    {
        "/api/pairings/greet",
        "/api/pairings/admit",
        "/api/pairings/prove",
        "/api/captures",
    }
)
_EXTENSION = re.compile(r"(?:chrome|moz)-extension://[A-Za-z0-9-]{1,64}")
_READING = ("GET", "HEAD")
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


class Guard:
    """Answers 403 itself (or 405, 415), or lets the app answer and adds the headers."""

    def __init__(
        self, app: WSGIApplication, hosts: Callable[[], frozenset[str]], shell: frozenset[str]
    ) -> None:
        """`hosts` are the values of Host that mean us; `shell` the addresses of the page."""
        self._app = app
        self._hosts = hosts
        self._shell = shell

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """WSGI."""

        def with_headers(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            said = {name.lower() for name, _ in headers}
            headers += _ALWAYS
            headers += [pair for pair in _UNLESS_SAID if pair[0].lower() not in said]
            return start_response(status, headers, *rest)

        answer = self._refusal(environ) or self._app
        return answer(environ, with_headers)

    def _refusal(self, environ: WSGIEnvironment) -> Response | None:
        host = environ.get("HTTP_HOST", "")
        if host not in self._hosts():  # SE-2: whole strings, so no spelling is another's prefix
            sentence = "This is not an address of Artkeep. Open the page at the one it printed."
            return problem(403, "foreign_host", sentence)
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":  # SE-4: other pages ask so what they may do
            return problem(403, "preflight", "Other pages may not ask anything here.")
        if method not in (*_READING, *_CHANGING):
            return problem(405, "method_not_allowed", "Artkeep does not know this method.")
        if not self._is_ours(environ, f"http://{host}"):
            return problem(403, "foreign_origin", "Only Artkeep's own page may ask this.")
        if method in _CHANGING and not _is_from_a_script(environ):  # SE-3
            sentence = "The body must be JSON: Content-Type application/json."
            return problem(415, "not_json", sentence)
        return None

    def _is_ours(self, environ: WSGIEnvironment, own: str) -> bool:
        """SE-3 and SE-5. What is no browser sends neither Origin nor Sec-Fetch-…"""
        if _is_of_an_extension(environ):
            return True
        origin, fetch_site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
        if origin is not None and origin != own:
            return False
        if "HTTP_UPGRADE" in environ:  # a browser always says where a socket comes from
            return origin is not None or not any(
                name.startswith("HTTP_SEC_FETCH_") for name in environ
            )
        if fetch_site is None or fetch_site == "same-origin":
            return True
        if environ["REQUEST_METHOD"] not in _READING:
            return False
        return (fetch_site == "none" and _is_no_question(environ)) or self._is_visit(environ)

    def _is_visit(self, environ: WSGIEnvironment) -> bool:
        """A link elsewhere may lead to the page itself, which holds no data."""
        return (
            environ["PATH_INFO"] in self._shell
            and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
            and environ.get("HTTP_SEC_FETCH_DEST") == "document"
        )


@lru_cache(maxsize=8)
def own_hosts(port: int, further: str | None = None) -> frozenset[str]:
    """Every value of Host that means us on this port; browsers leave 80 out.

    `further` are names with ports that the user has listed, with commas between.
    """
    listed = (name.strip() for name in (further or "").split(","))
    names = ("127.0.0.1", "localhost", "[::1]")
    found = frozenset((*filter(None, listed), *(f"{name}:{port}" for name in names)))
    return found | frozenset(names) if port == 80 else found


def _is_no_question(environ: WSGIEnvironment) -> bool:
    """What comes of no page is the address bar, or the background of some extension, which may
    not read the library either (SE-20)."""
    is_api = environ["PATH_INFO"].startswith("/api/")
    return not is_api or environ.get("HTTP_SEC_FETCH_MODE") in (None, "navigate")


def _is_of_an_extension(environ: WSGIEnvironment) -> bool:
    """Whether an extension's background asks for what is there for it.

    Some send their own origin, others none at all; a page always sends one with a POST.
    """
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] not in FROM_EXTENSIONS:
        return False
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return environ.get("HTTP_SEC_FETCH_SITE") in (None, "none")
    return _EXTENSION.fullmatch(origin) is not None


def _is_from_a_script(environ: WSGIEnvironment) -> bool:
    """Whether its body has a type that no form can send."""
    kind: str = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    is_file = environ["PATH_INFO"] == UPLOADS and kind == "application/octet-stream"
    return is_file or kind == "application/json"
