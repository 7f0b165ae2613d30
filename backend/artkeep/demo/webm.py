"""A WebM writer for videos whose every frame is a VP8 key frame: no codec needed.

A lossy WebP file holds exactly one VP8 key frame in its `VP8 ` chunk (RFC 9649, section 2.5),
and WebM (https://www.webmproject.org/docs/container/, EBML: RFC 8794) stores such frames just
as they are. So Pillow's WebP encoder is the video encoder.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_EBML, _SEGMENT, _INFO, _TRACKS, _CLUSTER, _CUES = (
    "1A45DFA3", "18538067", "1549A966", "1654AE6B", "1F43B675", "1C53BB6B",
)  # fmt: skip
_SECOND_MS = 1000


class NotAKeyFrame(ValueError):
    """The WebP file is lossless, has alpha or moves: there is no plain `VP8 ` chunk."""


def key_frame(webp: bytes) -> bytes:
    """The VP8 key frame inside a lossy WebP file. Raises NotAKeyFrame."""
    if webp[:4] != b"RIFF" or webp[8:16] != b"WEBPVP8 ":
        raise NotAKeyFrame("only plain lossy WebP holds a VP8 key frame")
    (length,) = struct.unpack_from("<I", webp, 16)
    return webp[20 : 20 + length]


def write_webm(frames: Sequence[bytes], width: int, height: int, frames_per_s: float) -> bytes:
    """A whole file from VP8 key frames: one cluster per second, with cues for seeking."""
    step_ms = _SECOND_MS / frames_per_s
    header = _element(
        _EBML,
        _number("4286", 1) + _number("42F7", 1) + _number("42F2", 4) + _number("42F3", 8)
        + _element("4282", b"webm") + _number("4287", 2) + _number("4285", 2),
    )  # fmt: skip
    about = _element(
        _INFO,
        _number("2AD7B1", 1_000_000)  # one tick is a millisecond
        + _element("4489", struct.pack(">d", len(frames) * step_ms))
        + _element("4D80", b"artkeep sample site")
        + _element("5741", b"artkeep sample site"),
    )
    picture = _element("E0", _number("B0", width) + _number("BA", height))
    track = _element(
        "AE",
        _number("D7", 1) + _number("73C5", 1) + _number("9C", 0) + _element("22B59C", b"und")
        + _element("86", b"V_VP8") + _number("83", 1)
        + _number("23E383", round(step_ms * 1_000_000)) + picture,
    )  # fmt: skip
    tracks = _element(_TRACKS, track)
    clusters: list[tuple[int, bytes]] = []
    per_cluster = max(1, round(frames_per_s))
    for first in range(0, len(frames), per_cluster):
        start_ms = round(first * step_ms)
        blocks = b"".join(
            _block(frame, round((first + place) * step_ms) - start_ms)
            for place, frame in enumerate(frames[first : first + per_cluster])
        )
        clusters.append((start_ms, _element(_CLUSTER, _number("E7", start_ms) + blocks)))
    position = len(about) + len(tracks)
    cues = b""
    for start_ms, cluster in clusters:
        where = _element("B7", _number("F7", 1) + _number("F1", position))
        cues += _element("BB", _number("B3", start_ms) + where)
        position += len(cluster)
    body = about + tracks + b"".join(cluster for _, cluster in clusters) + _element(_CUES, cues)
    return header + _element(_SEGMENT, body)


def _block(frame: bytes, offset_ms: int) -> bytes:
    """A SimpleBlock on track 1; 0x80 marks a key frame."""
    return _element("A3", b"\x81" + struct.pack(">h", offset_ms) + b"\x80" + frame)


def _element(element_id: str, body: bytes) -> bytes:
    return bytes.fromhex(element_id) + _size(len(body)) + body


def _number(element_id: str, value: int) -> bytes:
    return _element(element_id, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _size(length: int) -> bytes:
    """A variable-length size; all ones would mean "unknown", hence the minus one."""
    width = next(count for count in range(1, 9) if length < (1 << (7 * count)) - 1)
    return (length | 1 << (7 * width)).to_bytes(width, "big")
