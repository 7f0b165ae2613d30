"""The parent's side: children come and go, the server stays."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from tests.media.samples import WHOLE, png_of_size

import artkeep
from artkeep.errors import BadMedia, DiskFull, FileProblem, JobError
from artkeep.media import child as child_module
from artkeep.media import examine
from artkeep.media.examine import DecoderPool, Examined

STUBBORN = 'import sys; print(\'{"event": "ready"}\', flush=True); sys.stdin.read()'


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(2, tmp_path / "thumbs")
    yield pool
    await pool.close()


@pytest.fixture
def save(tmp_path: Path):
    def save(name: str, content: bytes | None = None) -> Path:
        path = tmp_path / name
        path.write_bytes(WHOLE[name] if content is None else content)
        return path

    return save


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "decoder" in " ".join(child.cmdline())
    ]


async def test_a_picture_is_examined_and_gets_a_thumbnail(pool, save, tmp_path):
    thumb = tmp_path / "thumbs/ab/1.webp"
    found = await pool.examine(save("png"), "png", thumb)
    assert (found.width, found.height, found.frames, found.is_animated) == (90, 70, 1, False)
    assert found.has_thumbnail
    assert found.flags == ()
    assert [path.name for path in thumb.parent.iterdir()] == ["1.webp"]


@pytest.mark.parametrize(("name", "kind"), [("apng", "png"), ("webp-animated", "webp")])
async def test_an_animation_is_known(pool, save, tmp_path, name, kind):
    found = await pool.examine(save(name), kind, tmp_path / "thumbs/1.webp")
    assert (found.frames, found.is_animated) == (3, True)


@pytest.mark.parametrize("name", ["mp4", "webm", "mov", "mkv"])
async def test_a_video_is_walked_but_not_decoded(pool, save, tmp_path, name):
    found = await pool.examine(save(name), name, tmp_path / "thumbs/1.webp")
    assert found == Examined(640, 360, None, False, flags=("video_not_decoded",))
    assert children() == []


async def test_a_cut_video_is_refused(pool, save, tmp_path):
    with pytest.raises(BadMedia) as caught:
        await pool.examine(save("a", WHOLE["mp4"][:-5]), "mp4", tmp_path / "thumbs/1.webp")
    assert caught.value.code == "cut_short"


async def test_bad_pictures_fail_alone_and_the_child_lives_on(pool, save, tmp_path):
    thumb = tmp_path / "thumbs/1.webp"
    await pool.examine(save("png"), "png", thumb)
    before = [child.pid for child in children()]
    codes = []
    for content in (WHOLE["png"][:500], b"", png_of_size(50_000, 50_000)):
        with pytest.raises(BadMedia) as caught:
            await pool.examine(save("bad", content), "png", thumb)
        codes.append(caught.value.code)
    assert codes == ["damaged", "damaged", "too_large"]
    assert [child.pid for child in children()] == before
    assert len(before) == 1


async def test_children_are_no_more_than_asked_for(pool, save, tmp_path):
    path = save("png")
    found = await asyncio.gather(
        *(pool.examine(path, "png", tmp_path / f"thumbs/{n}.webp") for n in range(8))
    )
    assert len({one.picture_hash for one in found}) == 1
    assert len(children()) <= 2


async def test_a_child_killed_between_files_costs_nothing(pool, save, tmp_path):
    thumb = tmp_path / "thumbs/1.webp"
    first = await pool.examine(save("png"), "png", thumb)
    [child] = children()
    child.kill()
    assert await pool.examine(save("png"), "png", thumb) == first
    assert child.pid not in [one.pid for one in children()]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
async def test_a_child_killed_at_its_work_costs_that_file_only(
    pool, save, tmp_path, monkeypatch
):
    async def ask_and_kill(child, request):
        os.kill(child._process.pid, signal.SIGKILL)
        return await real_ask(child, request)

    real_ask = child_module.Child.ask
    thumb = tmp_path / "thumbs/1.webp"
    with monkeypatch.context() as patch:
        patch.setattr(child_module.Child, "ask", ask_and_kill)
        with pytest.raises(BadMedia) as caught:
            await pool.examine(save("png"), "png", thumb)
    assert caught.value.code == "decoder_died"
    assert (await pool.examine(save("png"), "png", thumb)).has_thumbnail


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
async def test_a_picture_that_takes_too_much_processor_time_kills_only_its_child(
    pool, save, tmp_path, monkeypatch
):
    spin = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    use_program(monkeypatch, 'print(\'{"event": "ready"}\', flush=True)\n' + spin)
    with pytest.raises(BadMedia) as caught:
        await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    assert caught.value.code == "decoder_died"


async def test_a_child_that_never_answers_is_killed_in_time(pool, save, tmp_path, monkeypatch):
    use_program(monkeypatch, STUBBORN)
    monkeypatch.setattr(child_module, "STILL_WALL_S", 0.05)
    with pytest.raises(BadMedia) as caught:
        await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    assert caught.value.code == "decoder_died"
    assert children() == []


async def test_a_cancelled_examine_leaves_no_child_behind(pool, save, tmp_path, monkeypatch):
    use_program(monkeypatch, STUBBORN)
    asked = asyncio.Event()

    async def ask(child, request):
        asked.set()
        return await real_ask(child, request)

    real_ask = child_module.Child.ask
    monkeypatch.setattr(child_module.Child, "ask", ask)
    task = asyncio.create_task(pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == []


async def test_a_decoder_that_does_not_start_stops_the_job_not_the_file(
    pool, save, tmp_path, monkeypatch
):
    use_program(monkeypatch, "raise SystemExit(1)")
    with pytest.raises(JobError) as caught:
        await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    assert caught.value.code == "decoder_missing"


async def test_a_missing_file_and_an_unwritable_thumbnail_are_not_bad(pool, save, tmp_path):
    with pytest.raises(FileProblem) as caught:
        await pool.examine(tmp_path / "none.png", "png", tmp_path / "thumbs/1.webp")
    assert caught.value.code == "file_missing"
    (tmp_path / "thumbs/2.webp").mkdir()
    with pytest.raises(FileProblem):
        await pool.examine(save("png"), "png", tmp_path / "thumbs/2.webp")


def test_a_full_disk_is_told_apart():
    reply = {"failed": "file", "code": "unwritable", "message": "", "errno": 28}
    with pytest.raises(DiskFull):
        examine._examined(reply, Path("a.png"))


async def test_thumbnails_stay_in_their_folder(pool, save, tmp_path):
    for thumb in (tmp_path / "1.webp", tmp_path / "thumbs/../1.webp"):
        with pytest.raises(ValueError, match="outside"):
            await pool.examine(save("png"), "png", thumb)


async def test_children_see_none_of_our_secrets(pool, save, tmp_path, monkeypatch):
    monkeypatch.setenv("ARTKEEP_SITES__CIVITAI__API_KEY", "CANARY")
    monkeypatch.setenv("HTTPS_PROXY", "http://CANARY")
    await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    [child] = children()
    assert "CANARY" not in str(child.environ())


async def test_closing_ends_every_child(save, tmp_path):
    pool = DecoderPool(1, tmp_path / "thumbs")
    await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    [child] = children()
    await pool.close()
    assert not child.is_running()


PARENT = """
import asyncio, os, signal, sys
from pathlib import Path
from artkeep.media.examine import DecoderPool

async def main():
    pool = DecoderPool(1, Path(sys.argv[1]))
    await pool.examine(Path(sys.argv[2]), "png", Path(sys.argv[1], "1.webp"))
    print(pool._children._idle[0]._process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_children_end_when_their_parent_is_killed(save, tmp_path):
    ours = str(Path(artkeep.__file__).parent.parent)
    parent = subprocess.run(
        [sys.executable, "-c", PARENT, str(tmp_path / "thumbs"), str(save("png"))],
        env={**os.environ, "PYTHONPATH": ours},
        capture_output=True,
        check=False,
    )
    assert parent.returncode == -signal.SIGKILL
    orphan = int(parent.stdout)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(orphan).wait(timeout=30)
    assert not psutil.pid_exists(orphan)


async def test_a_worn_out_child_is_replaced(pool, save, tmp_path, monkeypatch):
    monkeypatch.setattr(child_module, "FILES_PER_CHILD", 1)
    await pool.examine(save("png"), "png", tmp_path / "thumbs/1.webp")
    assert children() == []


def use_program(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Start this Python text instead of the decoder."""
    real = asyncio.create_subprocess_exec

    async def start(python: str, *_: str, **options):
        return await real(python, "-c", program, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
