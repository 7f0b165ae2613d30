"""Turns one picture into a converted one, proven, in child processes (V2 to V5, CV-1…CV-14).

The parent never decodes: `media.child`. The source is read only; what was written is left
behind only when all of it is proven.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artkeep.domain.embedded import Knowledge
from artkeep.domain.ugoira import Frame, saved_frames
from artkeep.errors import AppError, BadMedia, DiskFull, FileProblem, ItemError, SkipItem
from artkeep.media.child import ChildDied, ChildPool
from artkeep.media.convert_plan import ConvertPlan, knowledge_to_json
from artkeep.media.sniff import MEDIA_TYPES

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# What completes "NAME stays as it is: …", and the way out where there is one.
_REASONS: dict[str, tuple[str, str]] = {
    "no_gain": ("it would not become at least 5% smaller", ""),
    "too_large": ("it is too large", ""),
    "sixteen_bit": (
        "it has 16 bits a sample, and the new file would have 8",
        "Allow 8 bits a sample to convert it all the same.",
    ),
    "cmyk_without_profile": ("its CMYK colours have no profile that says what they are", ""),
    "colour_profile": ("its colours cannot be carried over", ""),
    "already_webp": ("it is a lossy WebP already", ""),
    "video": ("videos are not converted", ""),
    "not_convertible": ("files of its type are not converted", ""),
    "animated": ("its animation would not be kept", ""),
    "alpha_not_kept": ("AVIF would change its transparency", "WebP keeps it."),
    "no_delays": (
        "nobody knows how long each of its pictures is shown",
        "Downloading it again asks the site once more.",
    ),
    "trailing_data": ("further data lies behind the picture and would be lost", ""),
}
_FAILURES = {
    "proof_failed": "was converted, but the result is not the same picture",
    "metadata_not_kept": "was not converted, for what is written in it would not be kept",
}


@dataclass(frozen=True, slots=True)
class Converted:
    """Of the new file: size in bytes, width and height as shown, hashes as `media.picture`
    defines them. `psnr` is in dB, 99 without any difference, of the worst frame. `metadata`
    names everything that was compared; `flags` what was done besides encoding."""

    size: int
    sha256: str
    source_sha256: str
    width: int
    height: int
    frames: int
    picture_hash: str
    perceptual_hash: str
    psnr: float
    metadata: tuple[str, ...]
    flags: tuple[str, ...]


class ConverterPool:
    """Up to `size` converter children, started when first needed. One event loop only."""

    def __init__(self, size: int) -> None:
        self._children = ChildPool("artkeep.media.converter", "converter", size)

    async def convert(
        self,
        source: Path,
        format: str,
        part: Path,
        plan: ConvertPlan,
        knowledge: Knowledge | None = None,
        frames: Sequence[Frame] = (),
    ) -> Converted:
        """Write `part`, flushed and proven. `format` is the sniffed type of the source;
        `frames`: how the pictures of an ugoira are shown.

        Raises SkipItem (the codes of `_REASONS`), ItemError (`proof_failed`,
        `metadata_not_kept`), BadMedia (`damaged cut_short converter_died`), FileProblem
        (`link_in_library file_missing permission part_exists`), DiskFull, and JobError when no
        converter can be started. There is no part then.
        """
        if MEDIA_TYPES[format].kind == "video":
            raise _skipped(source, "video", "")
        request = await asyncio.to_thread(_request, source, part)
        request |= {
            "format": format,
            "plan": plan.to_json(),
            "knowledge": knowledge_to_json(knowledge),
            "frames": saved_frames(frames),
        }
        try:
            reply = await self._children.ask(request)
        except ChildDied as error:
            _remove(part)
            raise BadMedia(
                f"{source.name} was not converted: the converter {error}.",
                code="converter_died",
            ) from error
        except BaseException:  # cancelled: the child is dead now
            _remove(part)
            raise
        if "failed" in reply:  # and the child left no part
            raise _told(source, reply)
        return Converted(
            **reply | {"metadata": tuple(reply["metadata"]), "flags": tuple(reply["flags"])}
        )

    async def close(self) -> None:
        """End every child. Those at work end with their own `convert`."""
        await self._children.close()


def _request(source: Path, part: Path) -> dict[str, Any]:
    """Both are looked at before a child may write: afterwards what lies at `part` is ours to
    remove."""
    if source.is_symlink():
        raise _link(source)
    if os.path.lexists(part):
        raise FileProblem(f"{part} exists already.", code="part_exists")
    return {"path": str(source.absolute()), "part": str(part.absolute())}


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):
        part.unlink()


def _told(source: Path, reply: dict[str, Any]) -> AppError:
    kind, code, detail = reply["failed"], reply["code"], reply["message"]
    if kind == "skip":
        return _skipped(source, code, detail)
    if kind == "item":
        return ItemError(
            f"{source.name} {_FAILURES[code]}: {detail}.",
            code=code,
            advice="The original stays.",
        )
    if kind == "media":
        return BadMedia(f"{source.name} cannot be converted: {detail.rstrip('.')}.", code=code)
    number = reply["errno"]
    if number == errno.ELOOP:
        return _link(source)
    if number in _FULL:
        return DiskFull(f"No room left for converted files ({detail}).")
    codes = {errno.ENOENT: "file_missing", errno.EEXIST: "part_exists"}
    return FileProblem(f"{source.name}: {detail}.", code=codes.get(number, "permission"))


def _skipped(source: Path, code: str, detail: str) -> SkipItem:
    reason, advice = _REASONS[code]
    shown = f" ({detail})" if detail else ""
    return SkipItem(f"{source.name} stays as it is: {reason}{shown}.", code=code, advice=advice)


def _link(source: Path) -> FileProblem:
    return FileProblem(
        f"{source} is a link.",
        code="link_in_library",
        advice="Links inside the library are never followed.",
    )
