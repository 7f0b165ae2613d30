"""What walking a file's structure tells about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Size in pixels as coded, None where it would cost a decode; `frames` None for videos.

    `end` is the offset where the format's own data ends; bytes after it are not part of it.
    """

    width: int | None
    height: int | None
    end: int
    frames: int | None = 1
    is_animated: bool = False
