"""Choosing a folder: what is shown of the disk, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from artkeep.domain.legacy import HISTORY
from artkeep.media import folders
from artkeep.web.services import Services


def check(client: FlaskClient, path: object) -> dict[str, Any]:
    reply = client.post("/api/folders/check", json={"path": str(path)})
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def show(client: FlaskClient, path: object) -> dict[str, Any]:
    reply = client.get("/api/folders", query_string={"path": str(path)})
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def test_a_folder_shows_its_folders_by_name(client: FlaskClient, tmp_path: Path) -> None:
    for name in ("b", "A", "c d", ".hidden", "$RECYCLE.BIN"):
        (tmp_path / "shelf" / name).mkdir(parents=True)
    (tmp_path / "shelf" / "file.txt").touch()
    found = show(client, tmp_path / "shelf")
    assert found == {
        "path": str(tmp_path / "shelf"),
        "parent": str(tmp_path),
        "folders": ["A", "b", "c d"],
        "is_cut": False,
    }


def test_without_a_path_it_is_the_home_of_the_user(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert client.get("/api/folders").json["path"] == str(tmp_path)
    assert show(client, "~")["path"] == str(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="there the top holds the drives")
def test_the_top_has_no_parent(client: FlaskClient) -> None:
    found = show(client, "")
    assert (found["path"], found["parent"]) == ("/", None)
    assert found["folders"]


@pytest.mark.parametrize("name", ["Username_Search", "image_downloads", HISTORY])
def test_what_an_earlier_program_left_is_noticed(
    client: FlaskClient, tmp_path: Path, name: str
) -> None:
    assert check(client, tmp_path)["holds_old_data"] is False
    (tmp_path / name).mkdir()
    assert check(client, tmp_path)["holds_old_data"] is True


@pytest.mark.parametrize(
    ("name", "is_theirs"),
    [("1.png.json", True), ("1.JPG.txt", True), ("1.json", False), (".png.json", False)],
)
def test_sidecars_of_other_programs_are_noticed(
    client: FlaskClient, tmp_path: Path, name: str, is_theirs: bool
) -> None:
    (tmp_path / "civitai" / "lena").mkdir(parents=True)
    (tmp_path / "civitai" / "lena" / name).touch()
    assert check(client, tmp_path)["holds_old_data"] is is_theirs


def test_a_long_list_is_cut_and_says_so(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST_FOLDERS", 3)
    for number in range(5):
        (tmp_path / "many" / str(number)).mkdir(parents=True)
    found = show(client, tmp_path / "many")
    assert (len(found["folders"]), found["is_cut"]) == (3, True)


@pytest.mark.parametrize("path", ["relative/path", "a\0b", "~nobody-of-that-name", "x" * 4097])
def test_what_is_no_whole_path_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get("/api/folders", query_string={"path": path}).status_code == 422
    assert client.post("/api/folders/check", json={"path": path}).status_code == 422


def test_a_folder_that_is_not_there_is_not_found(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("nothing", "file"):
        reply = client.get("/api/folders", query_string={"path": str(tmp_path / name)})
        assert (reply.status_code, reply.json["code"]) == (404, "not_found")


def test_a_folder_that_cannot_be_read_is_named(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    reply = client.get("/api/folders", query_string={"path": str(tmp_path)})
    assert reply.status_code == 403
    assert str(tmp_path) in reply.json["message"]


def test_a_good_folder_is_told_with_its_room(client: FlaskClient, tmp_path: Path) -> None:
    found = check(client, f"  {tmp_path}/new/../art/ ")
    assert found["path"] == str(tmp_path / "art")
    assert (found["exists"], found["is_writable"], found["is_system"]) == (False, True, False)
    assert found["free_bytes"] > 0
    assert found["text"] == "Will be made."
    (tmp_path / "art").mkdir()
    assert check(client, tmp_path / "art")["text"] == "Exists."


def test_asking_makes_and_changes_nothing(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "art").mkdir()
    before = sorted(tmp_path.rglob("*"))
    check(client, tmp_path / "art")
    check(client, tmp_path / "art" / "new" / "deeper")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_library_is_known_by_its_marker(client: FlaskClient, services: Services) -> None:
    found = check(client, services.settings.library)
    assert found["is_library"]
    assert "library of Artkeep already" in found["text"]


def test_a_file_in_the_way_is_no_folder(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "art"):
        found = check(client, path)
        assert (found["exists"], found["is_writable"]) == (False, False)


@pytest.mark.skipif(os.name == "nt" or not Path("/proc").is_dir(), reason="needs /proc")
def test_where_nothing_can_be_written_is_said_so(client: FlaskClient) -> None:
    found = folders.look_at(Path("/proc/1"))
    assert (found.is_writable, found.is_system) == (False, True)


@pytest.mark.skipif(os.name == "nt", reason="other folders there")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/etc",
        "/etc/artkeep",
        "/usr/share/pictures",
        "/home",
        "/var",
        "/proc/self",
        "/dev/shm",
        "/tmp/../etc/x",
    ],
)
def test_a_system_folder_is_refused(client: FlaskClient, path: str) -> None:
    """SE-14"""
    found = check(client, path)
    assert found["is_system"]
    assert "belongs to the system" in found["text"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_a_link_to_a_system_folder_is_refused_too(client: FlaskClient, tmp_path: Path) -> None:
    """SE-14, SE-18"""
    (tmp_path / "link").symlink_to("/etc")
    assert check(client, tmp_path / "link" / "x")["is_system"]


@pytest.mark.skipif(os.name == "nt", reason="other folders there")
@pytest.mark.parametrize(
    "path",
    ["/srv/art", "/mnt/disk/art", "/run/media/lena/disk", "/var/lib/artkeep", "/etcetera"],
)
def test_other_folders_are_not_taken_for_the_systems(path: str) -> None:
    assert not folders.is_system_folder(Path(path))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:5601"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.test:5000"},
    ],
)
def test_other_pages_see_nothing_of_the_disk(
    client: FlaskClient, tmp_path: Path, headers: dict[str, str]
) -> None:
    """SE-2, SE-3"""
    asked = {"path": str(tmp_path)}
    assert client.get("/api/folders", query_string=asked, headers=headers).status_code == 403
    reply = client.post("/api/folders/check", json=asked, headers=headers)
    assert reply.status_code == 403
