"""What bytes are, by what they begin with: never by their name or by what a server calls them.

The table of types is also the only place file extensions come from (SE-8). What is not in it is
not media of ours: SVG, HTML, PDF and all else are refused. `head` should hold the first 4 KiB.
"""

from __future__ import annotations

import re
import struct
from codecs import getincrementaldecoder
from dataclasses import dataclass, replace
from typing import Literal

MediaKind = Literal["still", "animated", "video", "frames"]
BodyKind = Literal["html", "json", "text"]


@dataclass(frozen=True, slots=True)
class MediaType:
    """`extension` has no dot. `kind` is a hint: only `structure.walk` knows."""

    name: str
    mime: str
    extension: str
    kind: MediaKind


MEDIA_TYPES = {
    media_type.name: media_type
    for media_type in (
        MediaType("png", "image/png", "png", "still"),
        MediaType("jpeg", "image/jpeg", "jpeg", "still"),  # civitai.com spells it so
        MediaType("webp", "image/webp", "webp", "still"),
        MediaType("gif", "image/gif", "gif", "still"),
        MediaType("avif", "image/avif", "avif", "still"),
        MediaType("mp4", "video/mp4", "mp4", "video"),
        MediaType("mov", "video/quicktime", "mov", "video"),
        MediaType("webm", "video/webm", "webm", "video"),
        MediaType("mkv", "video/x-matroska", "mkv", "video"),
        MediaType("ugoira", "application/zip", "zip", "frames"),
    )
}

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Sound only (M4A) and HEIC are left out on purpose.
_MP4_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 isoa isob isoc mp41 mp42 mp71 avc1 av01 "
    b"hvc1 dash msdh msnv mmp4 3gp4 3gp5 3gp6 3gp7 3g2a XAVC".split()
) | {b"M4V ", b"M4VH", b"M4VP", b"f4v "}
_DOC_TYPE = re.compile(rb"\x42\x82(?:[\x81-\xff]|\x40.|\x01.{7})(webm|matroska)", re.DOTALL)
_VP8X_ANIMATION = 0x02
# An archive that begins with a numbered picture; any other one is not media.
_UGOIRA = re.compile(
    rb"PK\x03\x04.{22}[\x0a-\x0e]\x00..(?:[0-9]{6}\.(?:jpe?g|png|gif|webp)|animation\.json)",
    re.DOTALL,
)


def sniff(head: bytes) -> MediaType | None:
    """The type that `head` begins, or None for anything that is not a picture or video of ours.

    An animated WebP or PNG is told when it says so within `head`; a GIF never is.
    """
    if head.startswith(PNG_SIGNATURE):
        return _of("png", "animated" if _has_animation_chunk(head) else None)
    if head.startswith(b"\xff\xd8\xff"):
        return _of("jpeg")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        is_animated = head[12:16] == b"VP8X" and len(head) > 20 and head[20] & _VP8X_ANIMATION
        return _of("webp", "animated" if is_animated else None)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return _of("gif")
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and (doc_type := _DOC_TYPE.search(head[:512])):
        return _of("webm" if doc_type[1] == b"webm" else "mkv")
    return _of("ugoira") if _UGOIRA.match(head) else None


def looks_like(head: bytes) -> BodyKind | None:
    """What came in place of media: `html` (any markup, XML and SVG too), `json` or `text`."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "replace").encode()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if re.match(rb"<(?:[a-zA-Z!?/]|$)", text):
        return "html"
    if re.match(rb'(?:\{\s*["}]|\{$|\[\s*["{\[\]\d-]|\[$)', text):
        return "json"
    if text and not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text):
        try:
            getincrementaldecoder("utf-8")().decode(text)  # the end may cut a character
        except UnicodeDecodeError:
            return None
        return "text"
    return None


def _of(name: str, kind: MediaKind | None = None) -> MediaType:
    media_type = MEDIA_TYPES[name]
    return replace(media_type, kind=kind) if kind else media_type


def _has_animation_chunk(head: bytes) -> bool:
    """acTL has to come before the first IDAT; texts may push it out of `head`."""
    position = len(PNG_SIGNATURE)
    while position + 8 <= len(head):
        length, name = struct.unpack_from(">I4s", head, position)
        if name in (b"acTL", b"IDAT"):
            return bool(name == b"acTL")
        position += 12 + length
    return False


def _by_brand(head: bytes) -> MediaType | None:
    (size,) = struct.unpack_from(">I", head)
    listed = head[16 : min(size, len(head), 512)]
    brands = [head[8:12], *(listed[at : at + 4] for at in range(0, len(listed), 4))]
    if brands[0] == b"qt  ":
        return _of("mov")
    if b"avif" in brands or b"avis" in brands:
        return _of("avif", "animated" if brands[0] == b"avis" else None)
    if brands[0] in _MP4_BRANDS:
        return _of("mp4")
    if {b"heic", b"heix", b"mif1", b"msf1", b"M4A ", b"M4B ", b"crx "}.isdisjoint(brands):
        return _of("mp4") if not _MP4_BRANDS.isdisjoint(brands[1:]) else None
    return None
