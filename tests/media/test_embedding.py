"""The parent's side of embedding: children come and go, with their exiftools."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from tests.media.samples import WHOLE

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.errors import BadMedia, FileProblem
from artkeep.media import child as child_module
from artkeep.media.embedded import read_embedded
from artkeep.media.embedding import EmbedderPool
from artkeep.media.exiftool import find_exiftool

needs_exiftool = pytest.mark.skipif(find_exiftool() is None, reason="exiftool is not here")
INFOTEXT = "a harbour\nSteps: 20, Seed: 1, Size: 64x64"
KNOWN = Knowledge("civitai", "1", "https://civitai.com/images/1", INFOTEXT, tags=(Tag("猫"),))


@pytest.fixture
async def pool() -> AsyncIterator[EmbedderPool]:
    pool = EmbedderPool(1)
    yield pool
    await pool.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(WHOLE["jpeg"])
    return path


async def write(pool: EmbedderPool, source: Path, *, keeps_generation: bool = False):
    return await pool.write(
        source.parent.parent,
        f"{source.parent.name}/{source.name}",
        source.parent.parent / "part",
        KNOWN,
        keeps_generation=keeps_generation,
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def running(name: str) -> list[psutil.Process]:
    """Below this process, with a word of their command line."""
    return [
        one
        for one in psutil.Process().children(recursive=True)
        if one.status() != psutil.STATUS_ZOMBIE and name in " ".join(one.cmdline())
    ]


async def test_a_generators_own_words_stand_if_they_are_to(pool, source, tmp_path: Path):
    written = await write(pool, source)
    assert "user_comment" in written.fields
    theirs = read_embedded(tmp_path / "part").text("EXIF:UserComment")
    assert theirs == INFOTEXT
    (tmp_path / "part").replace(source)
    again = await write(pool, source, keeps_generation=True)
    assert "user_comment" not in again.fields
    assert read_embedded(tmp_path / "part").text("EXIF:UserComment") == theirs


async def test_without_exiftool_the_rest_is_written_and_it_is_said(
    pool, source, tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    written = await write(pool, source)
    assert written.left_out == ("exiftool_missing",)
    assert "xmp" in written.fields


async def test_what_cannot_be_written_says_why_and_leaves_no_part(pool, source, tmp_path: Path):
    source.write_bytes(WHOLE["jpeg"][:200])
    with pytest.raises(BadMedia) as caught:
        await write(pool, source)
    assert caught.value.code == "cut_short"
    source.chmod(0o400)
    with pytest.raises(FileProblem) as refused:
        await write(pool, source)
    assert refused.value.code == "write_protected"
    assert "retry" in refused.value.advice
    assert names(tmp_path) == {"folder"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
async def test_a_file_behind_a_link_is_not_read(pool, source, tmp_path: Path):
    """SE-18"""
    (tmp_path / "elsewhere").symlink_to(source.parent)
    with pytest.raises(FileProblem) as caught:
        await write(pool, tmp_path / "elsewhere" / "a.jpg")
    assert caught.value.code == "link_in_library"


@needs_exiftool
async def test_exiftool_ends_with_its_child(pool, source, tmp_path: Path):
    """It looks for input for ever, when that has ended."""
    assert "iptc" in (await write(pool, source)).fields
    assert len(running("stay_open")) == 1
    await pool.close()
    assert running("stay_open") == running("embedder") == []


@needs_exiftool
@pytest.mark.skipif(os.name == "nt", reason="there it is not told")
async def test_exiftool_ends_with_a_child_that_was_killed(pool, source, tmp_path: Path):
    await write(pool, source)
    (tool,) = running("stay_open")
    (child,) = running("embedder")
    child.kill()
    tool.wait(timeout=30)
    assert (await write(pool, source)).has_part  # by another child


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
async def test_a_child_killed_midway_costs_that_file_only(
    pool, source, tmp_path: Path, monkeypatch
):
    async def ask_and_kill(child, request):
        os.kill(child._process.pid, signal.SIGKILL)
        for name in ("part", "part.1.jpg", "part.2.jpg_exiftool_tmp"):
            (tmp_path / name).write_bytes(b"half a picture")
        return await real_ask(child, request)

    real_ask = child_module.Child.ask
    with monkeypatch.context() as patch:
        patch.setattr(child_module.Child, "ask", ask_and_kill)
        with pytest.raises(BadMedia) as caught:
            await write(pool, source)
    assert caught.value.code == "embedder_died"
    assert names(tmp_path) == {"folder"}
    assert (await write(pool, source)).size == (tmp_path / "part").stat().st_size
