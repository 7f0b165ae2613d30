"""Opening files below a folder: whatever is planted there, nothing outside is read (SE-18)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artkeep.media import beneath
from artkeep.media.beneath import open_beneath


@pytest.fixture(params=[True, False], ids=["by descriptors", "by looking first"])
def root(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A library with one picture, opened as on Linux and as on Windows."""
    if request.param and not beneath._DESCENDS:
        pytest.skip("this system opens nothing below a descriptor")
    monkeypatch.setattr(beneath, "_DESCENDS", request.param)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "1.png").write_bytes(b"secret")
    folder = tmp_path / "library" / "Images"
    folder.mkdir(parents=True)
    (folder / "1.png").write_bytes(b"picture")
    return tmp_path / "library"


def test_a_plain_file_is_opened(root: Path) -> None:
    with open_beneath(root, "Images/1.png") as file:
        assert file.read() == b"picture"


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "..", "/", "Images", "Images/", "Images/2.png", "Images/1.png/x"),
        *("../outside/1.png", "Images/../../outside/1.png", "Images/./1.png", "a\0b"),
        *("Images\\1.png", "..\\outside\\1.png", "C:/x", "Images/1.png:stream", "//host/share"),
    ],
)
def test_every_other_path_is_not_there(root: Path, path: str) -> None:
    with pytest.raises(FileNotFoundError):
        open_beneath(root, path)


@pytest.mark.parametrize("link", ["Images/link.png", "linked/1.png"])
def test_no_link_is_followed(root: Path, link: str) -> None:
    outside = root.parent / "outside"
    (root / "Images" / "link.png").symlink_to(outside / "1.png")
    (root / "linked").symlink_to(outside)
    with pytest.raises(FileNotFoundError):
        open_beneath(root, link)


def test_the_folder_itself_may_be_a_link(root: Path) -> None:
    chosen = root.parent / "chosen"
    chosen.symlink_to(root)
    with open_beneath(chosen, "Images/1.png") as file:
        assert file.read() == b"picture"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_keeps_nobody_waiting(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(FileNotFoundError):
        open_beneath(root, "pipe")
