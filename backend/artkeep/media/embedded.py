"""What is written inside a file, by its bytes alone: never by its name.

Each format has a reader of its own, and reads only the parts that matter: a video of gigabytes
costs as little as a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from artkeep.domain.embedded import Embedded
from artkeep.errors import BadMedia
from artkeep.media.byte_source import ByteSource, cut_short
from artkeep.media.exif_block import exif_texts
from artkeep.media.found import Found
from artkeep.media.read_boxes import read_avif, read_mp4
from artkeep.media.read_ebml import read_ebml
from artkeep.media.read_gif import read_gif
from artkeep.media.read_jpeg import read_jpeg
from artkeep.media.read_png import read_png
from artkeep.media.read_webp import read_webp
from artkeep.media.sniff import sniff
from artkeep.media.stealth import read_stealth
from artkeep.media.xmp_packet import xmp_texts

_HEAD = 4096
_READERS: dict[str, Callable[[ByteSource, Found], None]] = {
    "png": read_png,
    "jpeg": read_jpeg,
    "webp": read_webp,
    "gif": read_gif,
    "avif": read_avif,
    "mp4": read_mp4,
    "mov": read_mp4,
    "webm": read_ebml,
    "mkv": read_ebml,
    "ugoira": lambda file, found: None,  # nobody writes into the archive
}


def read_embedded(source: Path | BinaryIO | bytes, *, hidden: bool = False) -> Embedded:
    """All texts and blocks of a file; of a damaged one what came before the damage.

    `hidden` looks for a text in the lowest bits of a PNG's pixels too, when nothing else was
    found: that costs a decode. Raises BadMedia when it is no media, or is damaged and nothing
    could be read; OSError passes through.
    """
    found = Found()
    with ByteSource(source) as file:
        if file.size == 0:
            raise cut_short()
        media_type = sniff(file.read(0, min(_HEAD, file.size)))
        if media_type is None:
            raise BadMedia("This is no picture or video that we know.", code="unknown_type")
        damage = None
        try:
            _READERS[media_type.name](file, found)
        except BadMedia as error:
            damage = error
        if found.exif:
            found.texts.extend(exif_texts(found.exif))
        for packet in (found.xmp, found.extended_xmp):
            if packet:
                found.texts.extend(xmp_texts(packet))
        if hidden and not found.texts and damage is None and media_type.name == "png":
            read_stealth(file, found)
    if damage and not (found.texts or found.exif or found.xmp or found.icc):
        raise damage
    return Embedded(
        format=media_type.name,
        texts=tuple(found.texts),
        exif=found.exif or None,
        xmp=found.xmp or None,
        icc=found.icc or None,
    )
