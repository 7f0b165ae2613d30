"""Optional programs: found by starting them, never by their path alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artkeep.media import programs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def found(name: str) -> programs.Program:
    return {program.name: program for program in programs.find_programs()}[name]


def test_a_program_that_is_missing_says_what_is_off_and_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, "apt-get", "exit 0")
    monkeypatch.setattr(programs, "_is_root", lambda: False)
    exiftool = found("exiftool")
    assert (exiftool.path, exiftool.version) == (None, None)
    assert "metadata" in exiftool.feature
    assert exiftool.install_command == "sudo apt-get install libimage-exiftool-perl"


def test_every_program_is_named_once_with_a_feature_and_a_command(folder: Path) -> None:
    listed = programs.find_programs()
    assert [program.name for program in listed] == ["chromium", "exiftool", "ffmpeg", "node"]
    assert all(program.feature and program.install_command for program in listed)


def test_the_version_is_what_the_program_says(folder: Path) -> None:
    put(folder, "ffmpeg", 'echo "ffmpeg version 5.1.6-0+deb12u1 Copyright"')
    put(folder, "chromium-browser", 'echo "Chromium 156.0.1 built on Debian"; echo "[: x" >&2')
    assert found("ffmpeg").version == "5.1.6"
    assert found("ffmpeg").path == str(folder / "ffmpeg")
    assert found("chromium").version == "156.0.1"


@pytest.mark.parametrize("script", ["exit 1", "echo no number here", "exec /nowhere/else"])
def test_a_program_that_does_not_start_counts_as_missing(folder: Path, script: str) -> None:
    put(folder, "node", script)
    assert found("node").path is None


def test_apt_get_installs_it_for_root(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_is_root", lambda: True)
    put(
        folder,
        "apt-get",
        f'echo "$@" >> {folder}/asked\n'
        f'test "$1" = update || {{ printf "#!/bin/sh\\necho 13.5\\n" > {folder}/exiftool; '
        f"/bin/chmod +x {folder}/exiftool; }}",
    )
    assert programs.install("exiftool")
    assert (folder / "asked").read_text().splitlines() == [
        "update",
        "install -y --no-install-recommends libimage-exiftool-perl",
    ]


def test_without_root_or_apt_get_nothing_is_tried(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_is_root", lambda: True)
    assert not programs.install("ffmpeg")
    monkeypatch.setattr(programs, "_is_root", lambda: False)
    put(folder, "apt-get", f"touch {folder}/asked")
    assert not programs.install("ffmpeg")
    assert not (folder / "asked").exists()


def test_an_unknown_name_is_a_mistake_of_ours(folder: Path) -> None:
    with pytest.raises(KeyError):
        programs.install("vlc")
