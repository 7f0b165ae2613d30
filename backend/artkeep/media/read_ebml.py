"""The tags of a WebM or Matroska file. Source: RFC 9559 §5.1.8 (Tags)."""

from __future__ import annotations

from artkeep.media.byte_source import ByteSource, damaged
from artkeep.media.found import Found, decode_loose
from artkeep.media.walk_ebml import read_element

_SEGMENT, _CLUSTER, _INFO, _TITLE = 0x18538067, 0x1F43B675, 0x1549A966, 0x7BA9
_TAGS, _TAG, _SIMPLE_TAG, _NAME, _STRING = 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487
_ENTERED = frozenset({_INFO, _TAGS, _TAG, _SIMPLE_TAG})


def read_ebml(file: ByteSource, found: Found) -> None:
    """One flat walk, as `walk_ebml`. Raises BadMedia at the first damage."""
    position = 0
    name = ""
    while position < file.size:
        file.count_parts()
        element = read_element(file, position)
        if element.id == _SEGMENT or element.id in _ENTERED:
            position = element.begin
            continue
        if element.end is None:
            if element.id != _CLUSTER:
                raise damaged("only segments and clusters may have no size")
            position = element.begin
            continue
        if element.id in (_NAME, _STRING, _TITLE):
            content = found.take(file, element.begin, element.end - element.begin)
            text = decode_loose(content) if content is not None else None
            if element.id == _NAME:
                name = text or ""
            elif text is not None and (element.id == _TITLE or name):
                found.add(f"WEBM:{'TITLE' if element.id == _TITLE else name.upper()}", text)
        position = element.end
