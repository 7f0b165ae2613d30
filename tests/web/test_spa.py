"""The built page: what is served of it, and how."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from artkeep.web import spa


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with one asset; beside it lies what nobody may see."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Artkeep</title>")
    (folder / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "assets" / "index-D4f.js").write_text("export {}")
    (folder / "assets" / "notes.txt").write_text("not a kind that pages need")
    (tmp_path / "secret.json").write_text("{}")
    monkeypatch.setattr(spa, "page_folder", lambda: folder)
    return folder


@pytest.mark.parametrize(
    "path", ["/", *(f"/{tab}" for tab in spa.TABS), "/browse?site=civitai"]
)
def test_every_tab_is_the_same_shell_and_never_kept(
    client: FlaskClient, built: Path, path: str
) -> None:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.mimetype == "text/html"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.data == (built / "index.html").read_bytes()


def test_assets_are_kept_for_a_year_with_the_right_type(
    client: FlaskClient, built: Path
) -> None:
    reply = client.get("/assets/index-D4f.js")
    assert (reply.status_code, reply.mimetype) == (200, "text/javascript")
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_lies_beside_the_shell_is_asked_for_again_but_not_sent_again(
    client: FlaskClient, built: Path
) -> None:
    reply = client.get("/favicon.svg")
    assert (reply.status_code, reply.mimetype) == (200, "image/svg+xml")
    again = client.get("/favicon.svg", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/secret.json", "/../secret.json", "/assets/../../secret.json", "/assets/"),
        *("/assets/..%2f..%2fsecret.json", "/%2e%2e/secret.json", "/..%5csecret.json"),
        *("/assets/C:secret.json", "/C:secret.json", "/assets/CON.js", "/assets/notes.txt"),
        *("/index.html", "/assets/index-D4f.js%00.svg", "/assets/INDEX-D4F.js", "/assets"),
        *("/nothing", "/browse/more", "/assets/none.js", "//favicon.svg", "/favicon.svg/"),
    ],
)
def test_nothing_else_is_there(client: FlaskClient, built: Path, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code in (404, 308)
    assert b"secret" not in reply.data


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "none"}
VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    "path", ["/nonsense", "/browse/more", "/a/b.html", "/none.svg", "/x y"]
)
def test_an_unknown_address_in_a_browser_is_the_shell_which_says_so(
    client: FlaskClient, built: Path, path: str
) -> None:
    reply = client.get(path, headers=BROWSER | VISIT)
    assert (reply.status_code, reply.mimetype) == (404, "text/html")
    assert reply.data == (built / "index.html").read_bytes()
    assert reply.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        *("/api", "/api/nothing", "/api/jobs/1/nothing", "/media/../x", "/media/none"),
        *("/thumbs/x/y", "/preview/", "/preview/none", "/assets/none.js", "/assets/"),
    ],
)
def test_what_is_no_page_stays_json_also_for_a_browser(
    client: FlaskClient, built: Path, path: str
) -> None:
    reply = client.get(path, headers=BROWSER | VISIT)
    assert (reply.status_code, reply.mimetype) == (404, "application/json")


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_a_script_that_asks_for_an_unknown_address_gets_json(
    client: FlaskClient, built: Path, accept: str
) -> None:
    reply = client.get("/nonsense", headers={"Accept": accept})
    assert (reply.status_code, reply.json["code"]) == (404, "not_found")


def test_a_link_elsewhere_may_lead_to_the_tabs_and_to_no_unknown_address(
    client: FlaskClient, built: Path
) -> None:
    """SE-3: what another site may open is a list that one can read."""
    foreign = BROWSER | VISIT | {"Sec-Fetch-Site": "cross-site"}
    assert client.get("/database", headers=foreign).status_code == 200
    for path in ("/nonsense", "/api/nothing"):
        reply = client.get(path, headers=foreign)
        assert (reply.status_code, reply.json["code"]) == (403, "foreign_origin")


def test_a_page_that_is_not_built_is_a_sentence_with_the_command(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spa, "page_folder", lambda: None)
    reply = client.get("/")
    assert (reply.status_code, reply.mimetype) == (503, "text/html")
    text = reply.get_data(as_text=True)
    assert "python launch_gui.py" in text
    assert "npm run build" in text
    assert client.get("/assets/x.js").status_code == 404
    assert client.get("/nonsense", headers=BROWSER).status_code == 503
    assert client.get("/api/status").status_code == 200
