"""The parent's side of conversion: children come and go, originals stay."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from tests.media.converting import photo, png
from tests.media.samples import WHOLE, encoded, png_of_size

from artkeep.domain.artwork import Tag
from artkeep.domain.embedded import Knowledge
from artkeep.errors import BadMedia, DiskFull, FileProblem, ItemError, SkipItem
from artkeep.media import child as child_module
from artkeep.media import convert
from artkeep.media.convert import ConverterPool
from artkeep.media.convert_plan import ConvertPlan
from artkeep.media.embedded import read_embedded

PLAN = ConvertPlan()


@pytest.fixture
async def pool() -> AsyncIterator[ConverterPool]:
    pool = ConverterPool(2)
    yield pool
    await pool.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(png(photo(), {"parameters": "a cat\nSteps: 20, Seed: 1, Size: 4x3"}))
    return path


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "converter" in " ".join(child.cmdline())
    ]


async def test_a_picture_is_converted_with_what_is_known_of_it(pool, source, tmp_path):
    part = tmp_path / "part"
    knowledge = Knowledge("civitai", "1", "https://civitai.com/images/1", tags=(Tag("猫"),))
    before = source.read_bytes()
    made = await pool.convert(source, "png", part, PLAN, knowledge)
    assert made.sha256 == hashlib.sha256(part.read_bytes()).hexdigest()
    assert made.source_sha256 == hashlib.sha256(before).hexdigest()
    assert source.read_bytes() == before
    assert (made.width, made.height, made.frames) == (400, 300, 1)
    assert "PNG:parameters" in made.metadata
    found = read_embedded(part)
    assert found.text("EXIF:UserComment") == "a cat\nSteps: 20, Seed: 1, Size: 4x3"
    assert found.text("XMP:subject") == "猫"


@pytest.mark.parametrize(
    ("content", "name", "kind", "code"),
    [
        (WHOLE["mp4"], "mp4", SkipItem, "video"),
        (WHOLE["webp"], "webp", SkipItem, "already_webp"),
        (WHOLE["avif"], "avif", SkipItem, "not_convertible"),
        (png_of_size(50_000, 50_000), "png", SkipItem, "too_large"),
        (encoded(photo(mode="CMYK"), "jpeg"), "jpeg", SkipItem, "cmyk_without_profile"),
        (encoded(photo(), "jpeg", quality=5), "jpeg", SkipItem, "no_gain"),
        (b"", "png", BadMedia, "cut_short"),
        (WHOLE["png"][:500], "png", BadMedia, "cut_short"),
        (WHOLE["jpeg"], "png", BadMedia, "damaged"),
        (b"not a picture at all", "png", BadMedia, "damaged"),
    ],
)
async def test_refusals_say_why_and_leave_nothing(pool, tmp_path, content, name, kind, code):
    source = tmp_path / "a.bin"
    source.write_bytes(content)
    with pytest.raises(kind) as caught:
        await pool.convert(source, name, tmp_path / "part", PLAN)
    assert caught.value.code == code
    assert "a.bin" in caught.value.message
    assert caught.value.message.endswith(".")
    assert not (tmp_path / "part").exists()
    assert source.read_bytes() == content


def test_every_refusal_has_a_sentence():
    known = {"skip": convert._REASONS, "item": convert._FAILURES}
    for kind, codes in known.items():
        for code in codes:
            reply = {"failed": kind, "code": code, "message": "detail", "errno": None}
            error = convert._told(Path("a.png"), reply)
            assert error.code == code
            assert error.message.startswith("a.png ")


@pytest.mark.parametrize("name", ["-o.png", "#a.png", "a b.png", "${HOME}.png", "猫\n.png"])
async def test_odd_names_are_only_names(pool, source, tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source.rename(name)
    assert (await pool.convert(Path(name), "png", Path("-part"), PLAN)).size
    assert (tmp_path / "-part").is_file()


async def test_a_link_is_not_followed(pool, source, tmp_path):
    link = tmp_path / "link.png"
    link.symlink_to(source)
    with pytest.raises(FileProblem) as caught:
        await pool.convert(link, "png", tmp_path / "part", PLAN)
    assert caught.value.code == "link_in_library"


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="POSIX")
async def test_a_link_put_there_at_the_last_moment_is_not_followed(
    pool, source, tmp_path, monkeypatch
):
    link = tmp_path / "link.png"
    link.symlink_to(source)
    monkeypatch.setattr(Path, "is_symlink", lambda _: False)
    with pytest.raises(FileProblem) as caught:
        await pool.convert(link, "png", tmp_path / "part", PLAN)
    assert caught.value.code == "link_in_library"


async def test_what_lies_at_the_part_is_not_overwritten(pool, source, tmp_path):
    part = tmp_path / "part"
    part.write_bytes(b"somebody else's")
    with pytest.raises(FileProblem) as caught:
        await pool.convert(source, "png", part, PLAN)
    assert caught.value.code == "part_exists"
    part.unlink()
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileProblem):
        await pool.convert(source, "png", part, PLAN)
    assert not (tmp_path / "elsewhere").exists()


async def test_missing_files_folders_and_room_are_told_apart(pool, source, tmp_path):
    with pytest.raises(FileProblem) as caught:
        await pool.convert(tmp_path / "none.png", "png", tmp_path / "part", PLAN)
    assert caught.value.code == "file_missing"
    with pytest.raises(FileProblem):
        await pool.convert(source, "png", tmp_path / "none" / "part", PLAN)
    full = {"failed": "file", "code": "unreadable", "message": "", "errno": errno.ENOSPC}
    assert isinstance(convert._told(source, full), DiskFull)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
async def test_no_special_file_is_read(pool, tmp_path):
    fifo = tmp_path / "fifo.png"
    os.mkfifo(fifo)
    with pytest.raises(BadMedia):
        await pool.convert(fifo, "png", tmp_path / "part", PLAN)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
async def test_a_child_killed_midway_costs_that_file_only(pool, source, tmp_path, monkeypatch):
    part = tmp_path / "part"

    async def ask_and_kill(child, request):
        os.kill(child._process.pid, signal.SIGKILL)
        part.write_bytes(b"half a picture")
        return await real_ask(child, request)

    real_ask = child_module.Child.ask
    with monkeypatch.context() as patch:
        patch.setattr(child_module.Child, "ask", ask_and_kill)
        with pytest.raises(BadMedia) as caught:
            await pool.convert(source, "png", part, PLAN)
    assert caught.value.code == "converter_died"
    assert not part.exists()
    assert (await pool.convert(source, "png", part, PLAN)).size == part.stat().st_size
    assert len(children()) == 1


async def test_a_cancelled_conversion_leaves_nothing(pool, source, tmp_path, monkeypatch):
    part = tmp_path / "part"
    asked = asyncio.Event()

    async def ask_for_ever(child, request):
        part.write_bytes(b"half a picture")
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(child_module.Child, "ask", ask_for_ever)
    task = asyncio.create_task(pool.convert(source, "png", part, PLAN))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not part.exists()
    assert children() == []


async def test_many_at_once_use_no_more_children_than_asked_for(pool, source, tmp_path):
    made = await asyncio.gather(
        *(pool.convert(source, "png", tmp_path / f"part{n}", PLAN) for n in range(6))
    )
    assert len({one.sha256 for one in made}) == 1
    assert len(children()) <= 2


def soft_limits(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[0] for line in lines}


@pytest.mark.skipif(sys.platform != "linux", reason="reads limits from /proc")
async def test_children_run_under_limits_and_without_secrets(
    pool, source, tmp_path, monkeypatch
):
    monkeypatch.setenv("ARTKEEP_SITES__CIVITAI__API_KEY", "CANARY")
    await pool.convert(source, "png", tmp_path / "part", PLAN)
    [child] = children()
    soft = soft_limits(child.pid)
    assert soft["Max address space"] == str(1024**3)
    assert soft["Max core file size"] == "0"
    assert os.getpriority(os.PRIO_PROCESS, child.pid) >= 10
    assert "CANARY" not in str(child.environ())


async def test_a_failed_proof_is_told_in_a_sentence():
    reply = {"failed": "item", "code": "proof_failed", "message": "it is turned", "errno": None}
    error = convert._told(Path("a.png"), reply)
    assert isinstance(error, ItemError)
    assert str(error) == (
        "a.png was converted, but the result is not the same picture: it is turned. "
        "The original stays."
    )
