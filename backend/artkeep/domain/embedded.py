"""What is written inside a file, and what is to be written there. Pure data.

`Embedded` is what a container holds, before anybody has made sense of it; `Knowledge` is what
we know about an artwork and want to travel inside its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from artkeep.domain.artwork import Tag


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands: `PNG:parameters`, `EXIF:UserComment`, `EXIF:Make`,
    `JPEG:comment`, `GIF:comment`, `XMP:prompt`, `MP4:Keys:comment`, `stealth` …"""

    place: str
    value: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """All that a file says apart from its picture. Blocks are raw and without their prefixes.

    `format` is the name of its sniffed type (`media.sniff.MEDIA_TYPES`). `exif` is the TIFF
    block, `xmp` the packet, `icc` the colour profile.
    """

    format: str
    texts: tuple[Text, ...] = ()
    exif: bytes | None = None
    xmp: bytes | None = None
    icc: bytes | None = None

    def text(self, place: str) -> str | None:
        """The last text at a place: where a key is written twice, readers take the last."""
        found = [text.value for text in self.texts if text.place == place]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is to be written into a file. `infotext` is None where the file's own stands.

    `tags` are written as keywords by their names, and with their scores into our own namespace.
    """

    site: str
    site_id: str
    page_url: str
    infotext: str | None = None
    tags: tuple[Tag, ...] = ()
    author: str | None = None
    title: str | None = None
    rating: str | None = None
    created_at: datetime | None = None
