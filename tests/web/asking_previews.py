"""Small pictures of a remote site, as the page asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from tests.faulty import Answer
from tests.gallery import Gallery, Picture, png
from werkzeug.test import TestResponse

SIZE = len(png(0, 40))
STILL = "width=450,optimized=true"
FRAME = "anim=false,transcode=true,width=450,optimized=true"
MOVING = "transcode=true,width=450,optimized=true"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08"


def get(client: FlaskClient, url: str, **headers: str) -> TestResponse:
    """Ask for a preview, and take all of it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(url, headers=named, buffered=True)


def kept(cache: Path) -> list[Path]:
    """Whole files and left-overs alike."""
    return sorted(path for path in cache.rglob("*") if path.is_file())


def card(client: FlaskClient, user: str = "lena") -> dict[str, Any]:
    """The only card of a user."""
    found = client.get(f"/api/browse?target=civitai:user:{user}").json["cards"]
    assert len(found) == 1
    only: dict[str, Any] = found[0]
    return only


def small(site: Gallery, picture: Picture, answer: Answer, parameters: str = STILL) -> str:
    """Answer for a small form; returns its path on the site."""
    extension = "webm" if parameters == MOVING else "jpeg"
    path = picture.path(parameters).rpartition(".")[0] + f".{extension}"
    site.server.on(path, answer)
    return path


def still_url(client: FlaskClient, site: Gallery, *answers: Answer) -> str:
    """Our address for the still of a picture that is answered like this."""
    (picture,) = site.add("lena")
    site.server.on(picture.path(STILL), *answers)
    return str(card(client)["preview_url"])
