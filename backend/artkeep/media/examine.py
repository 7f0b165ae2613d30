"""Proves that a picture decodes, and reads off its hashes and thumbnail, in child processes.

The parent never decodes. A child that dies, by a limit, a crash or a stranger's hand, costs at
most the one file it was at.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import artkeep
from artkeep.errors import BadMedia, DiskFull, FileProblem, JobError
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.structure import walk

START_WALL_S, STILL_WALL_S, ANIMATION_WALL_S = 60.0, 120.0, 600.0
FILES_PER_CHILD = 1000  # then a fresh one, so that no leak of a library adds up
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Examined:
    """Size as shown, in pixels; hashes as `media.picture` defines them.

    Videos are walked, not decoded: they have the flag `video_not_decoded`, no hashes and no
    thumbnail, and a size only when their header says it.
    """

    width: int | None
    height: int | None
    frames: int | None
    is_animated: bool
    picture_hash: str | None = None
    perceptual_hash: str | None = None
    blurhash: str | None = None
    has_thumbnail: bool = False
    flags: tuple[str, ...] = ()


class _ChildDied(Exception):
    """`why` completes "The decoder …"."""

    def __init__(self, why: str, *, may_retry: bool) -> None:
        super().__init__(why)
        self.may_retry = may_retry


class DecoderPool:
    """Up to `size` decoder children, started when first needed. One event loop only."""

    def __init__(self, size: int, thumbs_dir: Path) -> None:
        self._slots = asyncio.Semaphore(size)
        self._thumbs_dir = thumbs_dir
        self._idle: list[_Child] = []
        self._is_closed = False

    async def examine(self, path: Path, media_type_name: str, thumb_path: Path) -> Examined:
        """Decode `path` and write its thumbnail to `thumb_path`, within the thumbs folder.

        Raises BadMedia (`damaged cut_short too_large decoder_died`), FileProblem, DiskFull, and
        JobError when no decoder can be started at all.
        """
        if MEDIA_TYPES[media_type_name].kind == "video":
            return await asyncio.to_thread(_walk_video, path, media_type_name)
        if not thumb_path.is_relative_to(self._thumbs_dir) or ".." in thumb_path.parts:
            raise ValueError(f"{thumb_path} is outside the thumbnails folder")
        request = {"path": str(path), "type": media_type_name, "thumb": str(thumb_path)}
        async with self._slots:
            try:
                await asyncio.to_thread(thumb_path.parent.mkdir, parents=True, exist_ok=True)
            except OSError as error:
                raise _file_problem(error.errno, f"{thumb_path.parent}: {error}") from error
            reply = await self._ask(request)
        return _examined(reply, path)

    async def close(self) -> None:
        """End every child. Those at work end with their own `examine`."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().end()

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """A verdict on the file comes from a fresh child: a used one may have died for nothing
        that this file did."""
        while self._idle:
            child = self._idle.pop()
            try:
                return await self._ask_child(child, request)
            except _ChildDied as error:
                if not error.may_retry:
                    raise BadMedia(f"The decoder {error}.", code="decoder_died") from error
        try:
            return await self._ask_child(await _Child.start(), request)
        except _ChildDied as error:
            raise BadMedia(f"The decoder {error}.", code="decoder_died") from error

    async def _ask_child(self, child: _Child, request: dict[str, Any]) -> dict[str, Any]:
        is_usable = False
        try:
            reply = await child.ask(request)
            is_usable = child.asked < FILES_PER_CHILD and not self._is_closed
        finally:
            if is_usable:
                self._idle.append(child)
            else:  # dead, worn out, or cancelled in the middle of an answer
                await child.end()
        return reply


class _Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.asked = 0

    @classmethod
    async def start(cls) -> _Child:
        """Raises JobError when the program does not come up."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "artkeep.media.decoder"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                creationflags=_BELOW_NORMAL,
            )
        except OSError as error:
            raise _cannot_start(str(error)) from error
        child = cls(process)
        try:
            await child._line(START_WALL_S)
        except _ChildDied as error:
            await child.end()
            raise _cannot_start(f"it {error}") from error
        except BaseException:
            await child.end()
            raise
        return child

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Raises _ChildDied, after which this child is good for nothing more."""
        is_fresh, self.asked = self.asked == 0, self.asked + 1
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise _ChildDied("was gone", may_retry=not is_fresh) from error
        reply = await self._line(STILL_WALL_S, may_retry=not is_fresh)
        if reply.get("event") == "animation":
            reply = await self._line(ANIMATION_WALL_S, may_retry=not is_fresh)
        return reply

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.communicate()

    async def _line(self, wall_s: float, *, may_retry: bool = False) -> dict[str, Any]:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(wall_s):
                line = await self._process.stdout.readline()
                reply: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {}
        except TimeoutError as error:
            raise _ChildDied(f"took more than {wall_s:.0f} s", may_retry=False) from error
        except (ValueError, ConnectionResetError) as error:
            raise _ChildDied("gave no proper answer", may_retry=False) from error
        if not reply:
            raise _ChildDied("died at this file", may_retry=may_retry)
        return reply


_BELOW_NORMAL = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)  # Windows only


def _environment() -> dict[str, str]:
    """Nothing but what Python needs: no keys, no proxies, no home."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    ours = str(Path(artkeep.__file__).parent.parent)
    theirs = os.environ.get("PYTHONPATH")
    return kept | {
        "PYTHONPATH": os.pathsep.join([ours, theirs] if theirs else [ours]),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",  # every thread's arena counts against the memory limit
    }


def _walk_video(path: Path, name: str) -> Examined:
    try:
        shape = walk(path, MEDIA_TYPES[name])
    except OSError as error:
        raise _file_problem(error.errno, f"{path.name}: {error.strerror}") from error
    return Examined(shape.width, shape.height, None, False, flags=("video_not_decoded",))


def _examined(reply: dict[str, Any], path: Path) -> Examined:
    if reply.get("failed") == "file":
        raise _file_problem(reply["errno"], f"{path.name}: {reply['message']}")
    if "failed" in reply:
        raise BadMedia(f"{path.name} does not decode: {reply['message']}.", code=reply["code"])
    return Examined(**reply, is_animated=reply["frames"] > 1, has_thumbnail=True)


def _file_problem(number: int | None, message: str) -> FileProblem | DiskFull:
    if number in _FULL:
        return DiskFull(f"No room left for thumbnails ({message}).")
    code = "file_missing" if number == errno.ENOENT else "permission"
    return FileProblem(message, code=code)


def _cannot_start(why: str) -> JobError:
    return JobError(
        f"The picture decoder does not start: {why}.",
        code="decoder_missing",
        advice="Run `artkeep doctor`.",
    )
