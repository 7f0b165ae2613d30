"""Files of the library over HTTP: by id only, in ranges, and never as a page (SE-6, SE-18)."""

from __future__ import annotations

import http.client
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faults.scene import Scene
from tests.store.rows import Rows
from tests.web.conftest import Served

from artkeep.media.sniff import MEDIA_TYPES
from artkeep.stages.examine import thumb_path
from artkeep.store.models import File, Place
from artkeep.store.places import save_root

BODY = bytes(range(256)) * 3000  # more than one piece


@pytest.fixture
def library(scene: Scene, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The output folder that `rows.file` puts places into."""
    monkeypatch.setattr(rows, "root", lambda: rows.do(save_root, "here", str(scene.library)))
    return scene.library


@pytest.fixture
def file_id(library: Path, rows: Rows) -> int:
    """A picture in a folder of the library."""
    (library / "Images").mkdir()
    (library / "Images" / "1.png").write_bytes(BODY)
    rows.artworks(1, download_status="done")
    return rows.file(1, path="Images/1.png", size=len(BODY), sha256="ab" * 32)


def get(client: FlaskClient, file_id: object, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.get(f"/media/{file_id}", headers=named) as reply:
        reply.get_data()  # kept; the file itself is let go
        return reply


def test_a_file_comes_whole_with_every_header_of_safety(
    client: FlaskClient, file_id: int
) -> None:
    reply = get(client, file_id)
    assert (reply.status_code, reply.get_data()) == (200, BODY)
    headers = reply.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(BODY))
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers.getlist("Content-Security-Policy") == ["sandbox; default-src 'none'"]
    assert headers["Cache-Control"] == "private, no-cache"
    assert "Content-Disposition" not in headers


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_only_what_browsers_show_safely_is_shown_in_the_page(
    client: FlaskClient, library: Path, rows: Rows, name: str
) -> None:
    (library / "x").write_bytes(b"<svg onload=alert(1)>")
    rows.artworks(1)
    file_id = rows.file(1, path="x", format=name)
    headers = get(client, file_id).headers
    assert headers["Content-Type"] == MEDIA_TYPES[name].mime
    is_shown = name in ("png", "jpeg", "gif", "webp", "avif", "mp4", "webm")
    disposition = headers.get("Content-Disposition")
    ending = MEDIA_TYPES[name].extension
    whole = f'attachment; filename="{file_id}.{ending}"'
    assert disposition == (None if is_shown else whole)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=300000-", 300_000, len(BODY) - 1),
        ("bytes=-5", len(BODY) - 5, len(BODY) - 1),
        (f"bytes=5-{10**12}", 5, len(BODY) - 1),
        (f"bytes=-{len(BODY)}", 0, len(BODY) - 1),
    ],
)
def test_a_range_is_exactly_that(
    client: FlaskClient, file_id: int, asked: str, first: int, last: int
) -> None:
    reply = get(client, file_id, Range=asked)
    assert (reply.status_code, reply.get_data()) == (206, BODY[first : last + 1])
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(BODY)}"
    assert reply.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", [f"bytes={len(BODY)}-", "bytes=999999999-"])
def test_a_range_behind_the_end_is_refused_with_the_size(
    client: FlaskClient, file_id: int, asked: str
) -> None:
    reply = get(client, file_id, Range=asked)
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(BODY)}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-6",
        "bytes",
        f"bytes=-{10**12}",
        "bytes=",
        "bytes=x-y",
        "bytes=5-1",
        "items=0-1",
        "-",
    ],
)
def test_what_is_no_single_range_gets_the_whole(
    client: FlaskClient, file_id: int, asked: str
) -> None:
    reply = get(client, file_id, Range=asked)
    assert (reply.status_code, reply.get_data()) == (200, BODY)


def test_a_range_of_another_version_gets_the_whole(
    client: FlaskClient, file_id: int, library: Path
) -> None:
    etag = get(client, file_id).headers["ETag"]
    same = get(client, file_id, Range="bytes=1-2", If_Range=etag)
    assert (same.status_code, same.get_data()) == (206, BODY[1:3])
    (library / "Images" / "1.png").write_bytes(b"edited")
    other = get(client, file_id, Range="bytes=1-2", If_Range=etag)
    assert (other.status_code, other.get_data()) == (200, b"edited")
    assert other.headers["ETag"] != etag


def test_what_the_browser_has_is_not_sent_again(client: FlaskClient, file_id: int) -> None:
    etag = get(client, file_id).headers["ETag"]
    reply = get(client, file_id, If_None_Match=etag)
    assert (reply.status_code, reply.get_data()) == (304, b"")


def test_a_head_is_answered_without_the_file(client: FlaskClient, file_id: int) -> None:
    with client.head(f"/media/{file_id}", headers={"Range": "bytes=0-1"}) as reply:
        assert (reply.status_code, reply.get_data()) == (200, b"")
        assert reply.headers["Content-Length"] == str(len(BODY))


@pytest.mark.parametrize(
    "odd",
    [
        *("0", "-1", "1.0", "1e3", "01", "9" * 19, "9" * 30, "9" * 5000, "x", "%00", "1%00"),
        *("..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "1/../1", "%2fetc%2fpasswd", "C:%5Cx"),
        *("\u0661", "%D9%A1", "1%20", "+1", "1;x", "null", "CON", "1.png", "nul"),
    ],
)
@pytest.mark.parametrize("folder", ["media", "thumbs"])
def test_odd_ids_are_not_found(
    client: FlaskClient, file_id: int, folder: str, odd: str
) -> None:
    reply = client.get(f"/{folder}/{odd}")
    assert reply.status_code == 404
    assert set(reply.json) == {"code", "message", "detail"}


def test_a_file_that_was_deleted_is_not_found_and_nothing_changes(
    client: FlaskClient, file_id: int, library: Path, rows: Rows
) -> None:
    before = (rows.all(File), rows.all(Place), rows.status(1))
    (library / "Images" / "1.png").unlink()
    reply = get(client, file_id)
    assert (reply.status_code, reply.json["code"]) == (404, "file_missing")
    assert "artkeep check" in reply.json["message"]
    assert (rows.all(File), rows.all(Place), rows.status(1)) == before


@pytest.mark.parametrize("planted", ["file", "folder", "pipe", "directory"])
def test_nothing_but_a_plain_file_below_the_library_is_sent(
    client: FlaskClient, file_id: int, library: Path, tmp_path: Path, planted: str
) -> None:
    """SE-18: links are never followed, wherever they stand; a pipe keeps nobody waiting."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "1.png").write_bytes(b"secret")
    final = library / "Images" / "1.png"
    final.unlink()
    if planted == "file":
        final.symlink_to(secret / "1.png")
    elif planted == "folder":
        final.parent.rmdir()
        final.parent.symlink_to(secret)
    elif planted == "pipe":
        os.mkfifo(final)
    else:
        final.mkdir()
    reply = get(client, file_id)
    assert (reply.status_code, reply.json["code"]) == (404, "file_missing")


@pytest.mark.parametrize(
    "path", ["../secret.png", "Images/../../secret.png", "/etc/passwd", "a//b", "C:/x", "a\\b"]
)
def test_no_path_in_the_database_leads_out(
    client: FlaskClient, library: Path, rows: Rows, path: str
) -> None:
    (library.parent / "secret.png").write_bytes(b"secret")
    rows.artworks(1)
    assert get(client, rows.file(1, path=path)).status_code == 404


def test_the_library_itself_may_be_a_link(
    client: FlaskClient, library: Path, rows: Rows, tmp_path: Path
) -> None:
    (library / "1.png").write_bytes(BODY)
    (tmp_path / "link").symlink_to(library)
    rows.artworks(1)
    file_id = rows.file(1, path="1.png")
    rows.do(save_root, "here", str(tmp_path / "link"))
    assert get(client, file_id).get_data() == BODY


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are listed on Linux")
def test_who_leaves_in_the_middle_leaves_no_file_open(
    served: Served, library: Path, rows: Rows
) -> None:
    (library / "big.mp4").write_bytes(bytes(40_000_000))
    rows.artworks(1)
    file_id = rows.file(1, path="big.mp4", format="mp4")
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        connection.request("GET", f"/media/{file_id}")
        assert connection.getresponse().read(10) == bytes(10)
        connection.close()
    connection.request("GET", f"/media/{file_id}", headers={"Range": "bytes=0-9"})
    assert connection.getresponse().read() == bytes(10)
    connection.close()
    for _ in range(400):
        if not any(_leads_to(one, "big.mp4") for one in Path("/proc/self/fd").iterdir()):
            return
        threading.Event().wait(0.05)  # the server has not noticed yet
    pytest.fail("a file is still open")


def _leads_to(descriptor: Path, name: str) -> bool:
    try:
        return descriptor.readlink().name == name
    except OSError:
        return False


# --- thumbnails


@pytest.fixture
def thumb(scene: Scene) -> bytes:
    """What examining has left of artwork 12."""
    path = thumb_path(scene.settings.data_dir / "thumbs", 12)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF webp")
    return path.read_bytes()


def test_a_thumbnail_may_be_kept_for_long(client: FlaskClient, thumb: bytes) -> None:
    reply = client.get("/thumbs/12?v=3")
    assert (reply.status_code, reply.get_data()) == (200, thumb)
    assert reply.headers["Content-Type"] == "image/webp"
    assert reply.headers["Cache-Control"] == "private, max-age=2592000"
    assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get("/thumbs/12", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.head("/thumbs/12").headers["Content-Length"] == str(len(thumb))


def test_without_a_thumbnail_the_page_is_told_so(client: FlaskClient, thumb: bytes) -> None:
    reply = client.get("/thumbs/13")
    assert (reply.status_code, reply.json["code"]) == (404, "no_thumbnail")
