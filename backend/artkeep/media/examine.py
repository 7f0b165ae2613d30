"""Proves that a picture decodes, and reads off its hashes and thumbnail, in child processes.

The parent never decodes: `media.child`.
"""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artkeep.errors import BadMedia, DiskFull, FileProblem
from artkeep.media.child import ChildDied, ChildPool
from artkeep.media.sniff import MEDIA_TYPES
from artkeep.media.structure import walk

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


class DecoderPool:
    """Up to `size` decoder children, started when first needed. One event loop only."""

    def __init__(self, size: int, thumbs_dir: Path) -> None:
        self._children = ChildPool("artkeep.media.decoder", "decoder", size)
        self._thumbs_dir = thumbs_dir

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
        try:
            await asyncio.to_thread(thumb_path.parent.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise _file_problem(error.errno, f"{thumb_path.parent}: {error}") from error
        try:
            reply = await self._children.ask(request)
        except ChildDied as error:
            raise BadMedia(f"The decoder {error}.", code="decoder_died") from error
        return _examined(reply, path)

    async def close(self) -> None:
        """End every child. Those at work end with their own `examine`."""
        await self._children.close()


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
