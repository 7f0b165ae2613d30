"""WebM and Matroska: EBML elements to the last byte, live streams of unknown size too.

Source: RFC 8794 (EBML), RFC 9559 (Matroska).
"""

from __future__ import annotations

from typing import NamedTuple

from artkeep.media.byte_source import ByteSource, cut_short, damaged
from artkeep.media.shape import Shape

_EBML, _SEGMENT, _VOID, _CRC = 0x1A45DFA3, 0x18538067, 0xEC, 0xBF
_CLUSTER, _TRACKS = 0x1F43B675, 0x1654AE6B
_TRACK, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0xE0, 0xB0, 0xBA
# SeekHead Info Tracks Cues Attachments Chapters Tags Cluster: one ends an open-ended cluster
_IN_SEGMENT = frozenset(
    {0x114D9B74, 0x1549A966, _TRACKS, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, _CLUSTER}
)


class Element(NamedTuple):
    """`begin` is where its content starts; `end` is None when the size is unknown (live)."""

    id: int
    begin: int
    end: int | None


def walk_ebml(file: ByteSource) -> Shape:
    """Needs a Segment with Tracks and a Cluster. Raises BadMedia.

    One flat walk: containers that matter are entered, all else is stepped over, so nothing can
    nest. An element inside a container of unknown size must end within the file.
    """
    found: set[int] = set()
    width = height = None
    position = 0
    segment_end = 0
    in_open_cluster = False
    while position < file.size:
        file.count_parts()
        element = read_element(file, position)
        found.add(element.id)
        in_segment = position < segment_end
        if not in_segment and element.id not in (_EBML, _SEGMENT, _VOID, _CRC):
            raise damaged("something stands outside its segment")
        if in_segment and element.id in _IN_SEGMENT | {_EBML, _SEGMENT}:
            in_open_cluster = False
        if element.id == _SEGMENT:
            segment_end = file.size if element.end is None else element.end
            if segment_end > file.size:
                raise cut_short()
            position = element.begin
            continue
        if element.end is None:
            if element.id != _CLUSTER:
                raise damaged("only segments and clusters may have no size")
            in_open_cluster = True
            position = element.begin
            continue
        limit = segment_end if in_segment else file.size
        if element.end > limit:
            raise cut_short() if limit == file.size else damaged("an element does not fit")
        if in_segment and not in_open_cluster and not _is_known_child(element.id):
            raise damaged("an unknown element in the segment")
        if element.id == _TRACKS:
            width, height = _video_size(file, element.begin, element.end)
        position = element.end
    if not {_EBML, _SEGMENT, _TRACKS, _CLUSTER} <= found:
        raise damaged("a video needs tracks and clusters")
    return Shape(width, height, file.size, frames=None)


def _is_known_child(element_id: int) -> bool:
    return element_id in _IN_SEGMENT or element_id in (_VOID, _CRC)


def read_element(file: ByteSource, position: int) -> Element:
    """The element that begins at `position`. Raises BadMedia."""
    first = file.read(position, 1)[0]
    id_length = 9 - first.bit_length()
    if first < 0x10:
        raise damaged("an element has no proper id")
    element_id = int.from_bytes(file.read(position, id_length), "big")
    position += id_length
    first = file.read(position, 1)[0]
    if not first:
        raise damaged("an element has no proper size")
    size_length = 9 - first.bit_length()
    unknown = (1 << 7 * size_length) - 1
    size = int.from_bytes(file.read(position, size_length), "big") & unknown
    begin = position + size_length
    return Element(element_id, begin, None if size == unknown else begin + size)


def _video_size(file: ByteSource, begin: int, end: int) -> tuple[int | None, int | None]:
    """Of the first video track: Tracks > TrackEntry > Video > PixelWidth, PixelHeight."""
    width = height = None
    position = begin
    while position < end and not (width and height):
        file.count_parts()
        element = read_element(file, position)
        if element.end is None or element.end > end:
            raise damaged("a track does not fit")
        if element.id in (_TRACK, _VIDEO):
            position = element.begin
            continue
        if element.id in (_WIDTH, _HEIGHT) and 0 < element.end - element.begin <= 8:
            value = int.from_bytes(file.read(element.begin, element.end - element.begin), "big")
            width, height = (value, height) if element.id == _WIDTH else (width, value)
        position = element.end
    return width, height
