"""Proves that a file is whole by walking its structure to the end (CR-9).

Nothing is decoded: that is the decoder's job, later. What this cannot see: a live WebM or an
MP4 whose last box is open-ended, cut exactly between two parts; the length a server declared is
compared by the download.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape
from artkeep.media.sniff import MediaType
from artkeep.media.walk_boxes import walk_avif, walk_mp4
from artkeep.media.walk_ebml import walk_ebml
from artkeep.media.walk_gif import walk_gif
from artkeep.media.walk_jpeg import walk_jpeg
from artkeep.media.walk_png import walk_png
from artkeep.media.walk_ugoira import walk_ugoira
from artkeep.media.walk_webp import walk_webp

WALKS: dict[str, Callable[[ByteSource], Shape]] = {
    "png": walk_png,
    "jpeg": walk_jpeg,
    "webp": walk_webp,
    "gif": walk_gif,
    "avif": walk_avif,
    "mp4": walk_mp4,
    "mov": walk_mp4,
    "webm": walk_ebml,
    "mkv": walk_ebml,
    "ugoira": walk_ugoira,
}

# Cameras and other programs append a second picture, a film or an archive of their own; those
# bytes are kept. Far more than that is something else behind a picture's mask.
MOST_TRAILING = 32 * 1024 * 1024


def walk(source: Path | BinaryIO | bytes | memoryview, media_type: MediaType) -> Shape:
    """The shape of a whole file of this type.

    Raises BadMedia: `cut_short` when the file ends too early, `damaged` when it contradicts
    itself. OSError passes through.
    """
    with ByteSource(source) as file:
        if file.size == 0:
            raise cut_short()
        shape = WALKS[media_type.name](file)
        if file.size - shape.end > MOST_TRAILING:
            raise damaged(f"{file.size - shape.end} bytes follow its end")
        return shape
