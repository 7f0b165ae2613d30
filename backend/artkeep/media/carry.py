"""What is written inside a picture, put where the converted file can hold it, and read back.

EXIF, XMP and colour profile go over as they are. The texts of a PNG have homes in EXIF that
other programs know: `parameters` in UserComment, ComfyUI's `workflow` and `prompt` in Make and
Model. All else, and what EXIF would not give back letter by letter, goes into our own property
of the XMP packet: a list in the order of the file, null where EXIF holds the text. So a
conversion back gives the same texts again.

Source: the WebP saver of ComfyUI, A1111 `modules/images.py`, read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from PIL import Image

from artkeep.domain.embedded import Embedded, Knowledge, Text
from artkeep.domain.user_comment import encode_user_comment
from artkeep.errors import BadMedia
from artkeep.media.exif_block import build_exif, exif_texts
from artkeep.media.refused import NotCarried
from artkeep.media.xmp_packet import ARTKEEP, DC, build_xmp, keywords, read_xmp
from artkeep.media.xmp_tree import MalformedXmp, parse_xmp

_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_TEXTS: Final = f"{ARTKEEP}texts"
_COMMENT: Final = "EXIF:UserComment"
# Homes of an infotext in other formats; `stealth` is in a PNG's pixels.
_COMMENTS: Final = ("GIF:comment", "JPEG:comment", "stealth")
# In the order that they have without a list. Graphs stand behind their own name and a colon.
_HOMES: Final = {
    "PNG:parameters": _COMMENT,
    "PNG:prompt": "EXIF:Model",
    "PNG:workflow": "EXIF:Make",
}
_POINTERS: Final = (0x8769, 0x8825)
_NOT_COMPARED: Final = (0x0112, *_POINTERS)  # orientation is compared as it is shown
_WIDE = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Carried:
    """The blocks to be written, and what must be found by reading them back."""

    exif: bytes | None
    xmp: bytes | None
    icc: bytes | None
    loose: tuple[Text, ...]  # the texts that have no place of their own in the new file
    kept: tuple[Text, ...]  # those that have
    comment: str | None  # the new UserComment
    keywords: tuple[str, ...]


def carry(embedded: Embedded, icc: bytes | None, knowledge: Knowledge | None) -> Carried:
    """Raises NotCarried when something has no way into the new file."""
    if embedded.xmp and b"HasExtendedXMP" in embedded.xmp:
        raise NotCarried("its XMP is in several pieces")
    loose = tuple(t for t in embedded.texts if t.place.startswith(("PNG:", *_COMMENTS)))
    comment, names = _exif_texts(embedded, loose, knowledge)
    try:
        exif = embedded.exif
        if comment is not None or names:
            exif = build_exif(embedded.exif, user_comment=comment, texts=names)
        xmp = embedded.xmp
        if knowledge is not None:
            xmp = build_xmp(knowledge, xmp)
        if listed := _listed(loose, exif):
            xmp = _with_texts(xmp, listed)
    except MalformedXmp as error:
        raise NotCarried("nothing can be added to its malformed XMP") from error
    except BadMedia as error:
        raise NotCarried("nothing can be added to its damaged EXIF") from error
    written = {f"EXIF:{name}": text for name, text in names.items()}
    replaced = {*written, *([_COMMENT] if comment is not None else [])}
    kept = [
        text
        for text in embedded.texts
        if text.place.startswith("EXIF:") and text.place not in replaced
    ]
    kept += [Text(place, text.rstrip("\0")) for place, text in written.items()]
    names_of_tags = tuple(keywords(knowledge)) if knowledge else ()
    return Carried(exif, xmp, icc, loose, tuple(kept), comment, names_of_tags)


def check_carried(carried: Carried, result: Embedded) -> list[str]:
    """What was compared, by name. Raises NotCarried for what is not there letter by letter."""
    checked = []

    def check(name: str, *, is_kept: bool) -> None:
        if not is_kept:
            raise NotCarried(f"{name} could not be read back")
        checked.append(name)

    if carried.icc or result.icc:
        check("ICC", is_kept=carried.icc == result.icc)
    if carried.xmp or result.xmp:
        check("XMP", is_kept=carried.xmp == result.xmp)
    if carried.exif:
        check("EXIF", is_kept=_are_same_tags(carried.exif, result.exif))
    if carried.comment is not None:
        # by its bytes: of an odd text a reader may mistake the byte order
        raw = encode_user_comment(carried.comment)
        check(_COMMENT, is_kept=raw in (result.exif or b""))
    for text in carried.kept:
        check(text.place, is_kept=text in result.texts)
    if carried.loose:
        there = _loose_texts(result)
        for text in carried.loose:
            check(text.place, is_kept=text in there)
        if _in_png(carried.loose):
            check("texts", is_kept=texts_from_converted(result) == _in_png(carried.loose))
    if carried.keywords:
        subjects = read_xmp(result.xmp or b"").get(f"{DC}subject", ())
        check("keywords", is_kept=set(carried.keywords) <= set(subjects))
    return checked


def _are_same_tags(written: bytes, found: bytes | None) -> bool:
    """AVIF keeps orientation outside of EXIF, and its block is put together anew for that."""
    if found is None or written == found:
        return written == found
    first, second = Image.Exif(), Image.Exif()
    first.load(written)
    second.load(found)
    if any(second.get(tag) != first[tag] for tag in first if tag not in _NOT_COMPARED):
        return False
    return all(first.get_ifd(pointer) == second.get_ifd(pointer) for pointer in _POINTERS)


def texts_from_converted(embedded: Embedded) -> list[tuple[str, str]]:
    """Keywords and texts for a PNG made of a converted file: those that its source had."""
    return _in_png(_loose_texts(embedded))


def _in_png(texts: tuple[Text, ...]) -> list[tuple[str, str]]:
    return [(t.place[4:], t.value) for t in texts if t.place.startswith("PNG:")]


def _loose_texts(embedded: Embedded) -> tuple[Text, ...]:
    in_exif = _from_exif(embedded)
    rows = _rows(embedded.xmp)
    if rows is None:
        return tuple(Text(place, value) for place, value in in_exif.items())
    found = ((place, in_exif.get(place) if value is None else value) for place, value in rows)
    return tuple(Text(place, value) for place, value in found if value is not None)


def _exif_texts(
    embedded: Embedded, loose: tuple[Text, ...], knowledge: Knowledge | None
) -> tuple[str | None, dict[str, str]]:
    """UserComment, and texts by the names of EXIF tags, as far as they have to be written.

    What stands in EXIF already stays, but for an infotext that we know better.
    """
    by_place = {text.place: text.value for text in loose}
    comment = knowledge.infotext if knowledge else None
    if comment is None and embedded.text(_COMMENT) is None:
        comments = (by_place[place] for place in _COMMENTS if place in by_place)
        infotexts = (text for text in comments if "Steps: " in text)
        comment = by_place.get("PNG:parameters", next(infotexts, None))
    names = {}
    for name, key in (("Make", "workflow"), ("Model", "prompt")):
        graph = by_place.get(f"PNG:{key}", "")
        # Easy Diffusion has a plain text under `prompt`: readers of EXIF expect a graph
        if graph.lstrip().startswith("{") and embedded.text(f"EXIF:{name}") is None:
            names[name] = f"{key}:{_WIDE.sub(_escaped, graph)}"
    return comment, names


def _escaped(match: re.Match[str]) -> str:
    """A JSON escape: EXIF holds ASCII there."""
    return json.dumps(match[0])[1:-1]


def _listed(loose: tuple[Text, ...], exif: bytes | None) -> list[tuple[str, str | None]] | None:
    """The rows of our own property; None where EXIF alone gives the same again."""
    found = _from_exif(Embedded("webp", tuple(exif_texts(exif or b""))))
    rows = [
        (text.place, None if found.get(text.place) == text.value else text.value)
        for text in loose
    ]
    is_plain = all(value is None for _, value in rows)
    is_in_order = [place for place, _ in rows] == list(found)
    return None if not loose or (is_plain and is_in_order) else rows


def _from_exif(embedded: Embedded) -> dict[str, str]:
    found = {}
    for place, home in _HOMES.items():
        value = embedded.text(home)
        prefix = "" if home == _COMMENT else f"{place[4:]}:"
        if value and value.startswith(prefix):
            found[place] = value.removeprefix(prefix)
    return found


def _rows(xmp: bytes | None) -> list[tuple[str, str | None]] | None:
    """None without our property, or where a stranger wrote nonsense into it."""
    try:
        [listed] = read_xmp(xmp or b"")[_TEXTS]
        rows: Any = json.loads(listed)
        if all(isinstance(p, str) and isinstance(v, str | None) for p, v in rows):
            return [(place, value) for place, value in rows]
    except (MalformedXmp, KeyError, ValueError, TypeError, RecursionError):
        pass
    return None


def _with_texts(packet: bytes | None, rows: list[tuple[str, str | None]]) -> bytes:
    """The packet with our property. ASCII alone: XML has no control characters."""
    root = parse_xmp(packet) if packet else Element("{adobe:ns:meta/}xmpmeta")
    rdf = root if root.tag == f"{_RDF}RDF" else root.find(f".//{_RDF}RDF")
    if rdf is None:
        rdf = SubElement(root, f"{_RDF}RDF")
    for description in rdf.findall(f"{_RDF}Description"):
        description.attrib.pop(_TEXTS, None)
        for old in description.findall(_TEXTS):
            description.remove(old)
    ours = SubElement(rdf, f"{_RDF}Description", {f"{_RDF}about": ""})
    SubElement(ours, _TEXTS).text = json.dumps(rows)
    packet_with: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return packet_with
